import Algorithms

struct FoundValue {
    let name: SecretName
    let version: Version
    let secret: Secret
}

/// The values of all names of a request, sorted by name.
struct FoundValues {
    let all: [FoundValue]
    let warnings: [Warning]

    var byName: [SecretName: Secret] { Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.secret) }) }
    var subject: AuditEvent.Subject { .secrets(all.map { .init(name: $0.name, version: $0.version.id) }) }

    /// For what must not be left out because its value is missing.
    /// - Throws: `unknownVariable`.
    func value(of name: SecretName) throws(BrokerError) -> Secret {
        guard let value = self[name.text] else { throw .unknownVariable([name.text]) }
        return value
    }

    subscript(name: String) -> Secret? {
        let index = all.partitioningIndex { $0.name.text >= name }
        return index < all.count && all[index].name.text == name ? all[index].secret : nil
    }
}

/// Finds the values of a team's secrets, for resolves and relays alike: catalog, then cache or provider.
package struct ValueLookup: Sendable {
    package struct Timing: Sendable {
        /// How long it may ask for more. What is under way then ends by the provider's own deadline.
        package var deadline: Duration = .seconds(20)
        /// How long a version that was just committed may still be unreadable, in an eventually consistent store.
        package var settling: Duration = .seconds(10)
        /// The time between two looks for an object that should be there.
        package var pause: Duration = .milliseconds(100)

        package init() {}
    }

    private let catalog: any PresentVersions & DriftLog
    private let values: Values
    private let timing: Timing
    private let now: @Sendable () -> Timestamp

    package init(
        catalog: any PresentVersions & DriftLog, values: Values, timing: Timing = Timing(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.catalog = catalog
        self.values = values
        self.timing = timing
        self.now = now
    }
}

extension ValueLookup {
    private typealias Failure = (index: Int, error: ProviderError)

    /// What is in memory as a whole; nothing is waited for.
    private func remembered(_ names: [SecretName], in team: TeamName, by basis: Basis) -> FoundValues? {
        guard case .remembered(let state) = basis, let versions = catalog.remembered(names, in: team, as: state),
            let secrets = values.cached(versions)
        else { return nil }
        let all = names.indices.map { index in
            FoundValue(name: names[index], version: versions[index], secret: secrets[index])
        }
        return FoundValues(all: all, warnings: values.warnings(of: versions))
    }

    /// Reads the catalog, then the values of the versions that it names. A value that cannot be had may have been
    /// rotated or deleted meanwhile: the catalog is read again, and only if it still names that very version is the
    /// answer an error.
    ///
    /// Remembered versions serve only where all their values are in memory: no provider is asked for one that may have
    /// been replaced.
    ///
    /// - Parameters:
    ///   - names: in order, each once.
    ///   - basis: what the use is recorded by, which proves the versions.
    func find(
        _ names: [SecretName], in team: TeamName, by basis: Basis
    ) async throws(BrokerError) -> FoundValues {
        if let remembered = remembered(names, in: team, by: basis) { return remembered }
        let deadline = ContinuousClock.now + timing.deadline
        var versions = try await presentVersions(of: names, in: team)
        var taken: [Values.Found?] = names.map { _ in nil }
        while true {
            let failures = await read(versions, into: &taken)
            guard let first = failures.first else { return combine(taken, names, versions) }
            guard ContinuousClock.now < deadline else { throw .overloaded }
            if let transient = failures.first(where: \.error.isTransient) {
                throw .provider(transient.error, at: versions[transient.index].store)
            }
            let before = versions
            versions = try await presentVersions(of: names, in: team)
            for index in versions.indices where versions[index] != before[index] { taken[index] = nil }
            if failures.contains(where: { versions[$0.index] != before[$0.index] }) { continue }
            guard failures.allSatisfy({ mayYetAppear($0.error, versions[$0.index]) }) else {
                await note(failures, names, versions, in: team)
                throw Self.final(failures, names, versions, first)
            }
            do {
                try await Task.sleep(for: timing.pause)
            } catch {
                throw .overloaded
            }
        }
    }

    /// Those of `names` for which the team has no secret.
    func unknown(_ names: [SecretName], in team: TeamName) async throws(BrokerError) -> [String] {
        let known = try await known(names, in: team)
        return names.filter { known[$0] == nil }.map(\.text)
    }

    private func known(_ names: [SecretName], in team: TeamName) async throws(BrokerError) -> [SecretName: Version] {
        do throws(CatalogError) {
            return try await catalog.versions(of: names, in: team)
        } catch {
            throw .auditUnavailable
        }
    }

    private func presentVersions(of names: [SecretName], in team: TeamName) async throws(BrokerError) -> [Version] {
        let known = try await known(names, in: team)
        let versions = names.compactMap { known[$0] }
        guard versions.count == names.count else {
            throw .unknownVariable(names.filter { known[$0] == nil }.map(\.text))
        }
        return versions
    }

    /// Takes what is cached of the values that are not found yet, and reads the rest side by side.
    private func read(_ versions: [Version], into taken: inout [Values.Found?]) async -> [Failure] {
        // All fetches have begun before the first is waited for.
        let fetches = versions.indices.filter { taken[$0] == nil }.map { ($0, values.fetch(versions[$0])) }
        var failures: [Failure] = []
        for (index, fetch) in fetches {
            switch await values.outcome(of: fetch) {
            case .success(let value): taken[index] = value
            case .failure(let error): failures.append((index, error))
            }
        }
        return failures
    }

    private func combine(_ taken: [Values.Found?], _ names: [SecretName], _ versions: [Version]) -> FoundValues {
        let present = taken.compactMap(\.self)
        var warnings = values.warnings(of: versions)
        if present.contains(where: \.isStale) { warnings.append(.servedStale) }
        let all = zip(present, zip(names, versions)).map { value, place in
            FoundValue(name: place.0, version: place.1, secret: value.secret)
        }
        return FoundValues(all: all, warnings: warnings)
    }

    /// An object that was just written may not be readable yet. By a clock that went back it may have been written in time
    /// to come: that is not waited for.
    private func mayYetAppear(_ error: ProviderError, _ version: Version) -> Bool {
        let age = now().since(version.committed)
        return error.kind == .absent && age < timing.settling && age > .zero - timing.settling
    }

    /// Notes what has drifted, for whoever can repair it. If the catalog cannot take it, the answer is the same.
    private func note(
        _ failures: [Failure], _ names: [SecretName], _ versions: [Version], in team: TeamName
    ) async {
        for (index, error) in failures {
            guard let drift = Drift(error) else { continue }
            try? await catalog.note(drift, of: names[index], in: team, version: versions[index])
        }
    }

    private static func final(
        _ failures: [Failure], _ names: [SecretName], _ versions: [Version], _ first: Failure
    ) -> BrokerError {
        let lost = failures.filter { $0.error.kind == .absent || $0.error.kind == .disabled }
        guard lost.isEmpty else { return .valueLost(lost.map { names[$0.index] }) }
        return .provider(first.error, at: versions[first.index].store)
    }
}

extension Warning {
    fileprivate static let servedStale = Warning(
        code: "served_stale",
        message: "the store cannot be reached; a value was served that was fetched longer ago than its lifetime",
        docs: "docs/runbook.md#when-the-store-is-down")
}
