import NIOConcurrencyHelpers

/// The values that are in memory: fetched ones for a stated age, and one shared fetch per reference for the rest.
///
/// The catalog is always asked first which reference is the present one, so an entry of a rotated or deleted secret is
/// never looked up again; it is wiped when it is evicted or when its age is over. A lock and no actor, since every
/// resolve looks here.
package final class Values: Sendable {
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
    fileprivate struct Key: Hashable {
        let reference: Reference
        let pin: Pin

        init(_ version: Version) {
            reference = version.reference
            pin = version.pin
        }
    }

    fileprivate struct Entry {
        let secret: Secret
        let fetched: ContinuousClock.Instant
    }

    /// How often a value was served from memory, asked for at a provider, and served though its time was over.
    package struct Counts: Sendable {
        package var hits = 0
        package var misses = 0
        package var stale = 0
    }

    fileprivate struct Contents {
        var entries: [Key: Entry] = [:]
        var size = 0
        var counts = Counts()
        var fetches: [Key: Task<Result<Secret, ProviderError>, Never>] = [:]
        /// Evicted while they were being fetched: what comes is not kept.
        var unwanted: Set<Key> = []
    }

    private let stores: Stores
    private let settings: Settings
    private let now: @Sendable () -> ContinuousClock.Instant
    private let contents = NIOLockedValueBox(Contents())

    package init(
        stores: Stores, settings: Settings,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.stores = stores
        self.settings = settings
        self.now = now
    }

    package var counts: Counts { contents.withLockedValue(\.counts) }

    /// What is to be known of the stores that these versions are in; each once.
    func warnings(of versions: some Collection<Version>) -> [Warning] {
        guard stores.haveWarnings else { return [] }
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
        let oldest = now() - settings.lifetime
        return contents.withLockedValue { contents in
            guard !contents.entries.isEmpty else { return [:] }
            let found = versions.compactMapValues { contents.value(of: Key($0), since: oldest) }
            contents.counts.hits += found.count
            return found
        }
    }

    /// Asks the provider, together with whoever else wants the same version. The shared fetch belongs to no caller: a
    /// caller that is cancelled harms nobody, and a failure is not kept.
    func fetch(_ version: Version) async -> Result<Found, ProviderError> {
        let key = Key(version)
        let oldest = now() - settings.lifetime
        let next: Next = contents.withLockedValue { contents in
            // Another caller's fetch may have ended since this one found nothing.
            if let secret = contents.value(of: key, since: oldest) {
                contents.counts.hits += 1
                return .served(secret)
            }
            contents.counts.misses += 1
            let fetch = contents.fetches[key] ?? Task { await self.read(version) }
            contents.fetches[key] = fetch
            return .asked(fetch)
        }
        switch next {
        case .served(let secret): return .success(Found(secret: secret, isStale: false))
        case .asked(let fetch): return served(await fetch.value, instead: version)
        }
    }

    private enum Next {
        case served(Secret)
        case asked(Task<Result<Secret, ProviderError>, Never>)
    }

    /// What a fetch came to; while the provider cannot be reached, the value that is there.
    private func served(
        _ result: Result<Secret, ProviderError>, instead version: Version
    ) -> Result<Found, ProviderError> {
        switch result {
        case .success(let secret): return .success(Found(secret: secret, isStale: false))
        case .failure(let error):
            guard error.isTransient else {
                evict(version)
                return .failure(error)
            }
            let oldest = now() - settings.lifetime - settings.maximumStaleness
            return contents.withLockedValue { contents in
                guard let secret = contents.value(of: Key(version), since: oldest) else { return .failure(error) }
                contents.counts.stale += 1
                return .success(Found(secret: secret, isStale: true))
            }
        }
    }

    /// The fetch itself. What it brings is kept, unless it was evicted meanwhile.
    @concurrent private func read(_ version: Version) async -> Result<Secret, ProviderError> {
        let result = await answer(of: version)
        let entry = entry(of: try? result.get())
        let key = Key(version)
        contents.withLockedValue { contents in
            contents.fetches[key] = nil
            guard contents.unwanted.remove(key) == nil, let entry else { return }
            contents.keep(entry, as: key, within: settings.capacity)
        }
        return result
    }

    private func answer(of version: Version) async -> Result<Secret, ProviderError> {
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
        guard let entry = entry(of: value) else { return }
        contents.withLockedValue { $0.keep(entry, as: Key(version), within: settings.capacity) }
    }

    /// Nil: it is not to be kept.
    private func entry(of value: Secret?) -> Entry? {
        guard let value, settings.lifetime > .zero, value.byteCount <= settings.capacity else { return nil }
        return Entry(secret: value, fetched: now())
    }

    func evict(_ version: Version) {
        let key = Key(version)
        contents.withLockedValue { contents in
            if contents.fetches[key] != nil { contents.unwanted.insert(key) }
            contents.drop(key)
        }
    }

    /// Wipes what is too old to be served even when stale. To be called every few seconds.
    package func wipeExpired() {
        let oldest = now() - settings.lifetime - settings.maximumStaleness
        contents.withLockedValue { contents in
            for (key, entry) in contents.entries where entry.fetched <= oldest { contents.drop(key) }
        }
    }
}

extension Values.Contents {
    func value(of key: Values.Key, since oldest: ContinuousClock.Instant) -> Secret? {
        guard let entry = entries[key], entry.fetched > oldest else { return nil }
        return entry.secret
    }

    mutating func keep(_ entry: Values.Entry, as key: Values.Key, within capacity: Int) {
        drop(key)
        entries[key] = entry
        size += entry.secret.byteCount
        if size > capacity { makeRoom(within: capacity) }
    }

    mutating func drop(_ key: Values.Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        size -= entry.secret.byteCount
    }

    /// Evicts the oldest tenth, so that the search for them is paid once for many values.
    private mutating func makeRoom(within capacity: Int) {
        for (key, _) in entries.sorted(by: { $0.value.fetched < $1.value.fetched }) {
            guard size > capacity / 10 * 9 else { return }
            drop(key)
        }
    }
}
