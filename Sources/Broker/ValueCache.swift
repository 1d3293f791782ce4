/// Keeps values in memory, within a bound: the oldest go first, and one that goes is wiped unless somebody still uses
/// it. Pure, so that it is tested without a clock.
struct ValueCache {
    typealias Instant = ContinuousClock.Instant

    /// Names a version by all three parts: an adopted object can be adopted again at another pin, and two stores can
    /// have an object of the same name and pin.
    struct Key: Hashable {
        let store: StoreName
        let reference: Reference
        let pin: Pin

        init(_ version: Version) {
            store = version.store
            reference = version.reference
            pin = version.pin
        }

        /// Hashes the reference alone, since two keys with the same one are rare.
        func hash(into hasher: inout Hasher) { hasher.combine(reference) }
    }

    private struct Entry {
        let secret: Secret
        let fetched: Instant
        /// The entry's number among all that were ever kept, in their order.
        let number: Int
    }

    /// The bytes that keys, tables and the allocator take for each value, beside the value itself: measured as a
    /// process's growth with 50,000 to 150,000 values.
    static let overhead = 500

    /// The maximum size of all values, with what it takes to keep them, in bytes.
    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var size = 0
    /// The keys in the order in which they were kept, from `first` on. Some have been dropped since, or kept anew.
    private var order: [(key: Key, number: Int)] = []
    private var first = 0
    private var lastNumber = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The value kept as `key`; nil if it was fetched at `then` or before.
    func value(of key: Key, fetchedAfter then: Instant) -> Secret? {
        guard let entry = entries[key], entry.fetched > then else { return nil }
        return entry.secret
    }

    /// Keeps the value, unless it is larger than the whole cache.
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

    /// Drops what was fetched at `then` or before, at most a thousand entries a call.
    ///
    /// - Returns: whether all of it has been dropped.
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

    /// Removes dropped entries from `order`. The amortised cost of an entry is constant.
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

    /// The entry that was kept at `index`; nil if it has been dropped, or kept anew.
    private func entry(at index: Int) -> Entry? {
        let (key, number) = order[index]
        guard let entry = entries[key], entry.number == number else { return nil }
        return entry
    }

    private static func size(of entry: Entry) -> Int { entry.secret.byteCount + overhead }
}
