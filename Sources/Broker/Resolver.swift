/// Puts values in the place of `${NAME}`: policy, versions, values, audit, substitution, in that order. The record in the
/// audit log is what proves versions that were remembered.
package struct Resolver: Sendable {
    private let lookup: ValueLookup
    private let audit: any AuditSink

    package init(lookup: ValueLookup, audit: any AuditSink) {
        self.lookup = lookup
        self.audit = audit
    }

    package func resolve(
        _ request: ResolveRequest, of team: TeamName, for caller: Caller
    ) async throws(BrokerError) -> Resolved {
        let (secrets, missing) = request.wanted()
        let found = try await use(secrets, missing, of: team, for: caller, as: .resolve)
        return try request.render(found)
    }

    /// The values themselves, by name.
    ///
    /// - Parameter names: in order, each once.
    package func readValues(
        of names: [SecretName], in team: TeamName, for caller: Caller
    ) async throws(BrokerError) -> [SecretName: Secret] {
        try await use(names, of: team, for: caller, as: .readValues).byName
    }

    /// Nothing that it answers has left before the record of it is durable.
    ///
    /// - Parameter missing: what is asked for beside them, and is to be had nowhere.
    private func use(
        _ names: [SecretName], _ missing: [String] = [], of team: TeamName, for caller: Caller,
        as action: AuditEvent.Action
    ) async throws(BrokerError) -> FoundValues {
        do throws(BrokerError) {
            try caller.require(.resolve(team, names))
        } catch {
            try await record(AuditEvent(action, .failed(code: error.code.rawValue), by: caller.actor, team: team))
            throw error
        }
        guard missing.isEmpty else {
            throw .unknownVariable((try await lookup.unknown(names, in: team) + missing).sorted())
        }
        let basis = caller.actor.basis
        let found =
            if let remembered = lookup.remembered(names, in: team, by: basis) {
                remembered
            } else {
                try await lookup.find(names, in: team, by: basis)
            }
        try await record(AuditEvent(action, .done, by: caller.actor, team: team, subjects: found.subjects))
        return found
    }

    private func record(_ event: AuditEvent) async throws(BrokerError) {
        do throws(CatalogError) {
            try await audit.append([event])
        } catch {
            throw error == .outdated ? .outdated : .auditUnavailable
        }
    }
}
