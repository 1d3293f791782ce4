/// The values of all names of a request, and which versions they are.
struct FoundValues {
    var values: [SecretName: Secret] = [:]
    /// In order of name.
    var used: [(name: SecretName, version: VersionID)] = []
    var warnings: [Warning] = []

    var subjects: [AuditEvent.Subject] { used.map { AuditEvent.Subject(name: $0.name.text, version: $0.version) } }
}

/// Finds the values of a team's secrets: catalog, then cache or provider. What resolves and relays do alike.
package struct ValueLookup: Sendable {
    package struct Timing: Sendable {
        /// For all that one lookup waits for.
        package var deadline: Duration = .seconds(20)
        /// How long a version that was just committed may be unreadable still, at a store that is eventually consistent.
        package var settling: Duration = .seconds(10)
        /// Between two looks at what should be there.
        package var pause: Duration = .milliseconds(100)

        package init() {}
    }

    private let catalog: any CatalogReader
    private let values: Values
    private let driftLog: any DriftLog
    private let timing: Timing
    private let now: @Sendable () -> Timestamp

    package init(
        catalog: any CatalogReader & DriftLog, values: Values, timing: Timing = Timing(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.catalog = catalog
        self.values = values
        driftLog = catalog
        self.timing = timing
        self.now = now
    }
}

extension ValueLookup {
    private typealias Failure = (name: SecretName, error: ProviderError)

    /// Reads the catalog, then the values of the versions that it names. Where one of those is not to be had, it may
    /// have been rotated or deleted meanwhile: the catalog is read again, and only if it still names that very version
    /// is the answer an error.
    ///
    /// - Parameter basis: of a use that is recorded by the same, so that the versions may be remembered ones.
    func find(
        _ names: Set<SecretName>, in team: TeamName, by basis: Basis = .asked(epoch: nil)
    ) async throws(BrokerError) -> FoundValues {
        let deadline = ContinuousClock.now + timing.deadline
        var versions: [SecretName: Version]
        if case .remembered(let state) = basis, let remembered = catalog.remembered(names, in: team, as: state) {
            versions = remembered
        } else {
            versions = try await presentVersions(of: names, in: team)
        }
        while true {
            let (found, failures) = await read(versions)
            guard let first = failures.first else { return found }
            guard ContinuousClock.now < deadline else { throw .overloaded }
            if let transient = failures.first(where: \.error.isTransient) { throw .provider(transient.error) }
            let before = versions
            versions = try await presentVersions(of: names, in: team)
            if failures.contains(where: { versions[$0.name] != before[$0.name] }) { continue }
            guard failures.allSatisfy({ mayYetAppear($0, versions[$0.name]) }) else {
                await note(failures, before, in: team)
                throw Self.final(failures, first)
            }
            do {
                try await Task.sleep(for: timing.pause)
            } catch {
                throw .overloaded
            }
        }
    }

    private func presentVersions(
        of names: Set<SecretName>, in team: TeamName
    ) async throws(BrokerError) -> [SecretName: Version] {
        let versions: [SecretName: Version]
        do throws(CatalogError) {
            versions = try await catalog.versions(of: names, in: team)
        } catch {
            throw .auditUnavailable
        }
        guard versions.count == names.count else {
            throw .unknownVariable(names.filter { versions[$0] == nil }.map(\.text).sorted())
        }
        return versions
    }

    /// What is cached costs nothing; the rest is read at once, side by side.
    private func read(_ versions: [SecretName: Version]) async -> (FoundValues, [Failure]) {
        var found = FoundValues(values: values.cached(versions))
        found.warnings = values.warnings(of: versions.values)
        found.used = versions.map { ($0.key, $0.value.id) }.sorted { $0.name < $1.name }
        guard found.values.count < versions.count else { return (found, []) }
        // All have begun before the first is waited for.
        let fetches = versions.filter { found.values[$0.key] == nil }.mapValues(values.fetch)
        var failures: [Failure] = []
        for (name, fetch) in fetches {
            switch await values.outcome(of: fetch) {
            case .success(let value):
                found.values[name] = value.secret
                if value.isStale, !found.warnings.contains(.servedStale) { found.warnings.append(.servedStale) }
            case .failure(let error): failures.append((name, error))
            }
        }
        return (found, failures)
    }

    /// An object that was just written may not be readable yet.
    private func mayYetAppear(_ failure: Failure, _ version: Version?) -> Bool {
        guard let version, failure.error.kind == .absent else { return false }
        return now().since(version.committed) < timing.settling
    }

    /// Keeps what has drifted, for whoever can mend it. If the catalog does not take it, the answer is the same.
    private func note(_ failures: [Failure], _ versions: [SecretName: Version], in team: TeamName) async {
        for (name, error) in failures {
            guard let drift = Drift(error), let version = versions[name] else { continue }
            try? await driftLog.note(drift, of: name, in: team, version: version)
        }
    }

    private static func final(_ failures: [Failure], _ first: Failure) -> BrokerError {
        let lost = failures.filter { $0.error.kind == .absent || $0.error.kind == .disabled }
        return lost.isEmpty ? .provider(first.error) : .valueLost(lost.map(\.name).sorted())
    }
}

extension Warning {
    fileprivate static let servedStale = Warning(
        code: "served_stale",
        message: "the store cannot be reached; a value was served that was fetched longer ago than its lifetime",
        docs: "README.md#when-the-store-is-down")
}
