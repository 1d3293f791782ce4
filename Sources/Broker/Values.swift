import NIOConcurrencyHelpers

/// The values in memory: fetched ones up to a stated age, and one shared fetch per version for the rest.
///
/// It does not know which version is the present one: a value that is taken out by a remembered version may have been
/// rotated or deleted since, and is shown to nobody before the record of the use has proven the version (`Basis`). An
/// entry is wiped when it is evicted or too old. A lock rather than an actor, since every resolve looks here.
package final class Values: Sendable {
    package struct Settings: Sendable {
        /// How long a fetched value serves without asking the provider. Zero means never.
        package var lifetime: Duration
        /// How much longer it may serve while the provider cannot be reached.
        package var maximumStaleness: Duration
        /// The maximum size of all values, with what it takes to keep them, in bytes; the oldest go first.
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
        /// Whether the value is older than its lifetime, and served because the provider cannot be reached.
        let isStale: Bool
    }

    /// How often a value was served from memory, asked for at a provider, and served though older than its lifetime.
    package struct Counts: Sendable {
        package var hits = 0
        package var misses = 0
        package var stale = 0
    }

    private typealias Key = ValueCache.Key

    private struct Contents {
        var cache: ValueCache
        var counts = Counts()
        var fetches: [Key: Task<Result<Secret, ProviderError>, Never>] = [:]
        /// The keys that were evicted while they were being fetched: what arrives for them is not kept.
        var unwanted: Set<Key> = []
    }

    private let stores: Stores
    private let settings: Settings
    private let now: @Sendable () -> ContinuousClock.Instant
    private let contents: NIOLockedValueBox<Contents>

    package init(
        stores: Stores, settings: Settings,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.stores = stores
        self.settings = settings
        self.now = now
        contents = NIOLockedValueBox(Contents(cache: ValueCache(capacity: settings.capacity)))
    }

    package var counts: Counts { contents.withLockedValue(\.counts) }

    /// The warnings of the stores that these versions are in, each once.
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

    /// The versions' values; nil unless all can be served without asking a provider.
    func cached(_ versions: [Version]) -> [Secret]? {
        let oldest = now() - settings.lifetime
        return contents.withLockedValue { contents in
            var secrets: [Secret] = []
            secrets.reserveCapacity(versions.count)
            for version in versions {
                guard let secret = contents.cache.value(of: Key(version), fetchedAfter: oldest) else { return nil }
                secrets.append(secret)
            }
            contents.counts.hits += secrets.count
            return secrets
        }
    }

    /// A value on its way to whoever asked for it.
    enum Fetch {
        /// The value was in memory.
        case served(Secret)
        case asked(Task<Result<Secret, ProviderError>, Never>, for: Version)
    }

    /// Takes the value from memory, or asks the provider, together with whoever else wants the same version. The shared
    /// fetch belongs to no caller: a caller that is cancelled harms nobody, and a failure is not kept.
    func fetch(_ version: Version) -> Fetch {
        let key = Key(version)
        let oldest = now() - settings.lifetime
        return contents.withLockedValue { contents in
            if let secret = contents.cache.value(of: key, fetchedAfter: oldest) {
                contents.counts.hits += 1
                return .served(secret)
            }
            contents.counts.misses += 1
            let fetch = contents.fetches[key] ?? Task { await self.read(version) }
            contents.fetches[key] = fetch
            return .asked(fetch, for: version)
        }
    }

    func outcome(of fetch: Fetch) async -> Result<Found, ProviderError> {
        switch fetch {
        case .served(let secret): .success(Found(secret: secret, isStale: false))
        case .asked(let task, let version): served(await task.value, instead: version)
        }
    }

    /// The outcome of a fetch or, while the provider cannot be reached, the value in memory.
    private func served(
        _ result: Result<Secret, ProviderError>, instead version: Version
    ) -> Result<Found, ProviderError> {
        switch result {
        case .success(let secret): return .success(Found(secret: secret, isStale: false))
        case .failure(let error):
            guard error.isTransient else { return .failure(error) }
            let oldest = now() - settings.lifetime - settings.maximumStaleness
            return contents.withLockedValue { contents in
                guard let secret = contents.cache.value(of: Key(version), fetchedAfter: oldest) else {
                    return .failure(error)
                }
                contents.counts.stale += 1
                return .success(Found(secret: secret, isStale: true))
            }
        }
    }

    /// Does the fetch itself. The value is kept unless it was evicted meanwhile; a definite refusal, such as a denial,
    /// drops the value in memory.
    @concurrent private func read(_ version: Version) async -> Result<Secret, ProviderError> {
        let result = await answer(of: version)
        let key = Key(version)
        let fetched = now()
        contents.withLockedValue { contents in
            contents.fetches[key] = nil
            guard contents.unwanted.remove(key) == nil else { return }
            switch result {
            case .success(let value): keep(value, as: key, fetched, in: &contents)
            case .failure(let error): if !error.isTransient { contents.cache.drop(key) }
            }
        }
        return result
    }

    private func answer(of version: Version) async -> Result<Secret, ProviderError> {
        do throws(ProviderError) {
            let store = try stores.store(named: version.store, for: .read)
            let value = try await store.provider.read(version.reference, at: version.pin)
            guard value.isText else { throw ProviderError(.corrupt, during: "read") }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    /// Keeps a value that was just written and read back.
    func keep(_ value: Secret, as version: Version) {
        let fetched = now()
        contents.withLockedValue { keep(value, as: Key(version), fetched, in: &$0) }
    }

    private func keep(_ value: Secret, as key: Key, _ fetched: ContinuousClock.Instant, in contents: inout Contents) {
        guard settings.lifetime > .zero else { return }
        contents.cache.keep(value, as: key, fetched: fetched)
    }

    func evict(_ version: Version) {
        let key = Key(version)
        contents.withLockedValue { contents in
            if contents.fetches[key] != nil { contents.unwanted.insert(key) }
            contents.cache.drop(key)
        }
    }

    /// Wipes values that are too old to be served even when stale. Must be called every few seconds.
    package func wipeExpired() {
        let oldest = now() - settings.lifetime - settings.maximumStaleness
        // A few at a time, so that no resolve waits for long.
        while !contents.withLockedValue({ $0.cache.dropFetched(before: oldest) }) {}
    }
}
