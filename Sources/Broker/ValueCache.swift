/// Values in memory, within a bound: the oldest go first, and what goes is wiped unless somebody still uses it. Pure:
/// tested without a clock.
struct ValueCache {
    typealias Instant = ContinuousClock.Instant

    /// An adopted object can be adopted again, at another pin; and two stores can have one of the same name and pin.
    struct Key: Hashable {
        let store: StoreName
        let reference: Reference
        let pin: Pin

        init(_ version: Version) {
            store = version.store
            reference = version.reference
            pin = version.pin
        }

        /// Two of one reference are rare.
        func hash(into hasher: inout Hasher) { hasher.combine(reference) }
    }

    private struct Entry {
        let secret: Secret
        let fetched: Instant
        /// Of all that were kept, in their order.
        let number: Int
    }

    /// What the keys, the tables and the allocator take beside a value, in bytes: what a process grew by, for each of
    /// 50,000 to 150,000.
    static let overhead = 500

    /// In bytes, over all values and what it takes to keep them.
    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var size = 0
    /// What was kept, in its order, from `first` on. Some of it has been dropped since, or kept anew.
    private var order: [(key: Key, number: Int)] = []
    private var first = 0
    private var lastNumber = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Nil for one that was fetched then or before.
    func value(of key: Key, fetchedAfter then: Instant) -> Secret? {
        guard let entry = entries[key], entry.fetched > then else { return nil }
        return entry.secret
    }

    /// One that is larger than all of it is not kept.
    mutating func keep(_ value: Secret, as key: Key, fetched: Instant) {
        drop(key)
        lastNumber += 1
        let entry = Entry(secret: value, fetched: fetched, number: lastNumber)
        guard Self.size(of: entry) <= capacity else { return }
        entries[key] = entry
        order.append((key, lastNumber))
        size += Self.size(of: entry)
        while size > capacity { dropFirst() }
        compact()
    }

    mutating func drop(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        size -= Self.size(of: entry)
    }

    /// Drops what was fetched then or before: at most a thousand entries a call.
    ///
    /// - Returns: whether it came to the end.
    mutating func dropFetched(before then: Instant) -> Bool {
        defer { compact() }
        for _ in 0..<1000 {
            guard first < order.count else { return true }
            if let entry = entry(at: first), entry.fetched > then { return true }
            dropFirst()
        }
        return false
    }

    private mutating func dropFirst() {
        if entry(at: first) != nil { drop(order[first].key) }
        first += 1
    }

    /// Forgets what has been dropped. Amortised, the cost of an entry is constant.
    private mutating func compact() {
        while first < order.count, entry(at: first) == nil { first += 1 }
        if first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        if order.count - first > 2 * entries.count + 64 {
            order = (first..<order.count).filter { entry(at: $0) != nil }.map { order[$0] }
            first = 0
        }
    }

    /// Nil where it has been dropped, or kept anew.
    private func entry(at index: Int) -> Entry? {
        let (key, number) = order[index]
        guard let entry = entries[key], entry.number == number else { return nil }
        return entry
    }

    private static func size(of entry: Entry) -> Int { entry.secret.byteCount + overhead }
}
