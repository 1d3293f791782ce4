/// How a secret's object differs from what the broker left: somebody changed it behind the broker's back. Rotating the
/// secret repairs it.
package enum Drift: String, Sendable, CaseIterable {
    /// The object, or the pinned version of it, is gone.
    case absent
    /// The object was switched off, or marked for deletion.
    case disabled
    /// The store's answer for the pinned version is not what the store documents.
    case corrupt
    /// The object has a newer version. The pinned one goes on serving.
    case superseded

    /// - Parameter isOwned: whether the broker owns the version that has drifted.
    package func warning(isOwned: Bool) -> Warning {
        let message =
            switch self {
            case .superseded where !isOwned:
                "the secret that was adopted has a newer version in the store, and automations go on getting the one "
                    + "that was adopted: adopt it again"
            case .absent: "the store does not have this secret's version any more: rotate it with a new value"
            case .disabled:
                "this secret was disabled, or marked for deletion, in the store: enable it there, or rotate it here"
            case .corrupt: "the store answers something else than was written for this secret: rotate it"
            case .superseded:
                "somebody added a version to this secret in the store; automations go on getting the one that was set "
                    + "here: rotate it here with the value that is meant"
            }
        return Warning(code: "drift_\(rawValue)", message: message, docs: "docs/runbook.md#drift")
    }

    /// Nil if the store could not be asked, or refused to answer: that says nothing about the object.
    init?(_ error: ProviderError) {
        switch error.kind {
        case .absent: self = .absent
        case .disabled: self = .disabled
        case .corrupt, .conflict: self = .corrupt
        case .denied, .keyDenied, .keyDisabled, .unauthenticated, .throttled, .unavailable, .limitExceeded,
            .overloaded, .busy, .rejected, .notConfigured:
            return nil
        }
    }
}

package protocol DriftLog: Sendable {
    /// Keeps how a version has drifted (nil: not at all) for as long as the secret names the version. A change is
    /// recorded in the audit log.
    func note(
        _ drift: Drift?, of name: SecretName, in team: TeamName, version: Version
    ) async throws(CatalogError)
}

/// Looks at every secret's object to find drift.
package struct DriftSearch: Sendable {
    package enum Finding: Sendable, Hashable {
        case drifted(Drift)
        /// The store could not be asked.
        case unread(ProviderError.Kind)
    }

    /// The number of objects that are looked at at once.
    private static let width = 16

    private let secrets: any SecretList
    private let log: (any DriftLog)?
    private let stores: Stores

    /// - Parameter log: where findings are kept; nil: nowhere.
    package init(_ secrets: any SecretList, _ stores: Stores, log: (any DriftLog)?) {
        self.secrets = secrets
        self.stores = stores
        self.log = log
    }

    package func run(report: (SecretRecord, Finding) -> Void) async throws(CatalogError) {
        var cursor: (team: TeamName, name: SecretName)?
        while true {
            let page = try await secrets.secrets(after: cursor, limit: Self.width)
            guard let last = page.last else { return }
            for look in try await looks(at: page) {
                if let finding = look.finding { report(look.record, finding) }
            }
            cursor = (last.team, last.name)
        }
    }

    private struct Look: Sendable {
        let record: SecretRecord
        let finding: Finding?
    }

    /// The looks at a page's secrets, in the page's order.
    private func looks(at page: [SecretRecord]) async throws(CatalogError) -> [Look] {
        let results = await withTaskGroup(of: (Int, Result<Look?, CatalogError>).self) { group in
            for (index, record) in page.enumerated() {
                group.addTask {
                    do throws(CatalogError) {
                        return (index, .success(try await look(at: record)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var looks: [Look] = []
        for (_, result) in results.sorted(by: { $0.0 < $1.0 }) {
            if let look = try result.get() { looks.append(look) }
        }
        return looks
    }

    /// Looks at a secret's object, and looks again if the secret was rotated after the catalog was read.
    /// - Returns: nil if it was deleted instead.
    private func look(at record: SecretRecord) async throws(CatalogError) -> Look? {
        var record = record
        while true {
            let finding = await finding(of: record.version)
            guard let finding else {
                try await log?.note(nil, of: record.name, in: record.team, version: record.version)
                return Look(record: record, finding: nil)
            }
            guard let present = try await secrets.secret(record.name, in: record.team) else { return nil }
            if present.version == record.version {
                if case .drifted(let drift) = finding {
                    try await log?.note(drift, of: record.name, in: record.team, version: record.version)
                }
                return Look(record: record, finding: finding)
            }
            record = present
        }
    }

    private func finding(of version: Version) async -> Finding? {
        let store: SecretStore
        let value: Secret
        do throws(ProviderError) {
            store = try stores.store(named: version.store, for: .read)
            value = try await store.provider.read(version.reference, at: version.pin)
        } catch {
            return Drift(error).map(Finding.drifted) ?? .unread(error.kind)
        }
        do throws(ProviderError) {
            let current = try await store.provider.currentPin(of: version.reference)
            guard let current, current != version.pin else { return nil }
            // A create that was repeated for want of an answer, and arrived late, is one more version of the same value.
            return try await isSame(value, at: current, of: version, in: store) ? nil : .drifted(.superseded)
        } catch {
            // Who may not look learns nothing. Whoever could not for the moment must not forget what is known.
            return error.isTransient ? .unread(error.kind) : nil
        }
    }

    /// - Throws: only what may be otherwise in a moment.
    private func isSame(
        _ value: Secret, at pin: Pin, of version: Version, in store: SecretStore
    ) async throws(ProviderError) -> Bool {
        do throws(ProviderError) {
            return try await store.provider.read(version.reference, at: pin).matches(value)
        } catch {
            guard !error.isTransient else { throw error }
            return false
        }
    }
}
