/// Puts values in the place of `${NAME}`: policy, versions, values, substitution, audit, in that order. Versions that
/// were remembered are proven by the record in the audit log.
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
        return try await use(secrets, missing, of: team, for: caller, as: .resolve) {
            (found) throws(BrokerError) in try request.render(found)
        }
    }

    /// Reads the values themselves, by name.
    ///
    /// - Parameter names: sorted, each once.
    package func readValues(
        of names: [SecretName], in team: TeamName, for caller: Caller
    ) async throws(BrokerError) -> [SecretName: Secret] {
        try await use(names, of: team, for: caller, as: .readValues) { found throws(BrokerError) in
            let size = found.all.reduce(0) { $0 + $1.secret.byteCount }
            guard size <= ResolveRequest.maximumOutput else { throw .outputTooLarge }
            return found.byName
        }
    }

    /// Makes an answer from values. It leaves only after the record of the use is durable, and no use is recorded that
    /// cannot be answered.
    ///
    /// - Parameters:
    ///   - missing: other names that the request has, which stand for nothing.
    ///   - answer: makes the answer from the values.
    private func use<Answer>(
        _ names: [SecretName], _ missing: [String] = [], of team: TeamName, for caller: Caller,
        as action: AuditEvent.Action, _ answer: (FoundValues) throws(BrokerError) -> Answer
    ) async throws(BrokerError) -> Answer {
        do throws(BrokerError) {
            try caller.require(.resolve(team, names))
        } catch {
            try await audit.record(AuditEvent(action, .failed(code: error.code.rawValue), by: caller.actor, team: team))
            throw error
        }
        guard missing.isEmpty else {
            throw .unknownVariable((try await lookup.unknown(names, in: team) + missing).sorted())
        }
        let found = try await lookup.find(names, in: team, by: caller.actor.basis)
        let made = try answer(found)
        try await audit.record(AuditEvent(action, .done, by: caller.actor, team: team, subject: found.subject))
        return made
    }
}
