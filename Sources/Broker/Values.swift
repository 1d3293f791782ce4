/// The values that are in memory: fetched ones for a stated age, and one shared fetch per reference for the rest.
///
/// The catalog is always asked first which reference is the present one, so an entry of a rotated or deleted secret is
/// never looked up again; it is wiped when it is evicted or when its age is over.
package actor Values {
    package struct Settings: Sendable {
        /// How long a fetched value serves without asking the provider. Zero: never.
        package var lifetime: Duration
        /// How much longer it may serve while the provider cannot be reached.
        package var maximumStaleness: Duration
        /// In bytes, over all values; the oldest go first.
        package var capacity: Int

        package init(
            lifetime: Duration = .seconds(300), maximumStaleness: Duration = .seconds(3600), capacity: Int = 64 << 20
        ) {
            self.lifetime = lifetime
            self.maximumStaleness = maximumStaleness
            self.capacity = capacity
        }
    }

    struct Found: Sendable {
        let secret: Secret
        /// Served although its time is over, since the provider cannot be reached.
        let isStale: Bool
    }

    /// An adopted object can be adopted again, at another pin.
    private struct Key: Hashable {
        let reference: Reference
        let pin: Pin

        init(_ version: Version) {
            reference = version.reference
            pin = version.pin
        }
    }

    private struct Entry {
        let secret: Secret
        let fetched: ContinuousClock.Instant
    }

    /// How often a value was served from memory, asked for at a provider, and served though its time was over.
    package struct Counts: Sendable {
        package var hits = 0
        package var misses = 0
        package var stale = 0
    }

    private let stores: Stores
    private let settings: Settings
    private let now: @Sendable () -> ContinuousClock.Instant
    private var entries: [Key: Entry] = [:]
    private var size = 0
    package private(set) var counts = Counts()
    private var fetches: [Key: Task<Result<Secret, ProviderError>, Never>] = [:]
    /// Evicted while they were being fetched: what comes is not kept.
    private var unwanted: Set<Key> = []

    package init(
        stores: Stores, settings: Settings,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.stores = stores
        self.settings = settings
        self.now = now
    }

    /// What is to be known of the stores that these versions are in; each once.
    nonisolated func warnings(of versions: some Collection<Version>) -> [Warning] {
        var warnings: [Warning] = []
        for store in Set(versions.map(\.store)).sorted() {
            for warning in stores.store(named: store)?.warnings ?? [] where !warnings.contains(warning) {
                warnings.append(warning)
            }
        }
        return warnings
    }

    /// Those that can be served without asking a provider.
    func cached(_ versions: [SecretName: Version]) -> [SecretName: Secret] {
        guard !entries.isEmpty else { return [:] }
        let found = versions.compactMapValues { fresh(Key($0)) }
        counts.hits += found.count
        return found
    }

    private func fresh(_ key: Key) -> Secret? {
        guard let entry = entries[key], entry.fetched > now() - settings.lifetime else { return nil }
        return entry.secret
    }

    /// Asks the provider, together with whoever else wants the same version. The shared fetch belongs to no caller: a
    /// caller that is cancelled harms nobody, and a failure is not kept.
    func fetch(_ version: Version) async -> Result<Found, ProviderError> {
        let key = Key(version)
        // Another caller's fetch may have ended since this one found nothing.
        if let secret = fresh(key) {
            counts.hits += 1
            return .success(Found(secret: secret, isStale: false))
        }
        counts.misses += 1
        let fetch = fetches[key] ?? startFetch(of: version)
        switch await fetch.value {
        case .success(let secret): return .success(Found(secret: secret, isStale: false))
        case .failure(let error):
            guard error.isTransient else {
                evict(version)
                return .failure(error)
            }
            let oldest = now() - settings.lifetime - settings.maximumStaleness
            guard let entry = entries[key], entry.fetched > oldest else { return .failure(error) }
            counts.stale += 1
            return .success(Found(secret: entry.secret, isStale: true))
        }
    }

    private func startFetch(of version: Version) -> Task<Result<Secret, ProviderError>, Never> {
        let key = Key(version)
        let task = Task {
            let result = await read(version)
            fetches[key] = nil
            let isUnwanted = unwanted.remove(key) != nil
            if case .success(let value) = result, !isUnwanted { keep(value, as: version) }
            return result
        }
        fetches[key] = task
        return task
    }

    private func read(_ version: Version) async -> Result<Secret, ProviderError> {
        guard let store = stores.store(named: version.store) else {
            return .failure(ProviderError(.rejected, during: "read"))
        }
        do throws(ProviderError) {
            let value = try await store.provider.read(version.reference, at: version.pin)
            guard value.isText else { throw ProviderError(.corrupt, during: "read") }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    /// Keeps a value that was just read, or just written and read back.
    func keep(_ value: Secret, as version: Version) {
        guard settings.lifetime > .zero, value.byteCount <= settings.capacity else { return }
        let key = Key(version)
        drop(key)
        entries[key] = Entry(secret: value, fetched: now())
        size += value.byteCount
        if size > settings.capacity { makeRoom() }
    }

    func evict(_ version: Version) {
        let key = Key(version)
        if fetches[key] != nil { unwanted.insert(key) }
        drop(key)
    }

    private func drop(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        size -= entry.secret.byteCount
    }

    /// Wipes what is too old to be served even when stale. To be called every few seconds.
    package func wipeExpired() {
        let oldest = now() - settings.lifetime - settings.maximumStaleness
        for (key, entry) in entries where entry.fetched <= oldest { drop(key) }
    }

    /// Evicts the oldest tenth, so that the search for them is paid once for many values.
    private func makeRoom() {
        for (key, _) in entries.sorted(by: { $0.value.fetched < $1.value.fetched }) {
            guard size > settings.capacity / 10 * 9 else { return }
            drop(key)
        }
    }
}
