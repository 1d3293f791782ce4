/// The one write protocol, for create, rotate, migrate and delete of a secret on any store: journal, create, read back,
/// commit. What then has to be purged is left to `Recovery`.
///
/// A write takes effect at one catalog transaction. It runs to its end whatever becomes of the request that asked for
/// it, and its answer is final: a write that was answered with an error never comes true later.
package struct Writer: Sendable {
    package struct Timing: Sendable {
        package var lease: Duration = .seconds(10)
        package var renewal: Duration = .seconds(3)
        /// How long to wait for another write of the same secret.
        package var turn: Duration = .seconds(15)
        package var pause: Duration = .milliseconds(50)
        /// How long an object that was just created may take to become readable.
        package var settling: Duration = .seconds(10)

        package init() {}
    }

    let journal: any WriteJournal
    let stores: Stores
    let values: Values
    let recovery: Recovery
    let timing: Timing
    let steps: WriteSteps
    private let catalog: any TeamStores
    private let audit: any AuditSink
    private let now: @Sendable () -> Timestamp

    package init(
        catalog: any TeamStores, journal: any WriteJournal, audit: any AuditSink, stores: Stores, values: Values,
        recovery: Recovery, timing: Timing = Timing(), steps: WriteSteps = WriteSteps(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.catalog = catalog
        self.audit = audit
        self.now = now
        self.journal = journal
        self.stores = stores
        self.values = values
        self.recovery = recovery
        self.timing = timing
        self.steps = steps
    }

    package func create(
        _ name: SecretName, in team: TeamName, value: Secret, by caller: Caller
    ) async throws(BrokerError) -> SecretRecord {
        try await put(.create, name, in: team, value: value, expected: nil, by: caller)
    }

    /// - Parameter expected: the version that must be present (`If-Match`).
    package func rotate(
        _ name: SecretName, in team: TeamName, value: Secret, expected: VersionID?, by caller: Caller
    ) async throws(BrokerError) -> SecretRecord {
        try await put(.rotate, name, in: team, value: value, expected: expected, by: caller)
    }

    /// - Parameters:
    ///   - force: whether to delete it even if automations used it lately, or webhooks name it.
    ///   - expected: the version that must be present (`If-Match`).
    package func delete(
        _ name: SecretName, in team: TeamName, force: Bool, expected: VersionID? = nil, by caller: Caller
    ) async throws(BrokerError) {
        try await recordingRefusal(.delete, name, in: team, by: caller.actor) { () throws(BrokerError) in
            try caller.require(.writeSecrets(team))
        }
        let deletion = Deletion(
            of: name, in: team, expected: expected, unlessUsedSince: force ? nil : Usage.latelySince(now()),
            by: caller.actor)
        try await Task { await remove(deletion) }.value.get()
    }

    /// Makes a new version, in another store, of the value that is in force, and purges the old one.
    /// - Throws: `versionConflict` when the secret is no longer as `record` has it.
    package func migrate(
        _ record: SecretRecord, to store: SecretStore, by caller: Caller
    ) async throws(BrokerError) -> SecretRecord {
        try await write(
            .migrate, record.name, in: record.team, .present, to: store, expected: record.version.id, by: caller
        ) {}
    }

    private func put(
        _ kind: Put.Kind, _ name: SecretName, in team: TeamName, value: Secret, expected: VersionID?,
        by caller: Caller
    ) async throws(BrokerError) -> SecretRecord {
        // Before anything is looked up.
        try await recordingRefusal(kind.action, name, in: team, by: caller.actor) { () throws(BrokerError) in
            try caller.require(.writeSecrets(team))
        }
        while true {
            let store = try await store(of: team)
            do throws(BrokerError) {
                return try await write(kind, name, in: team, .new(value), to: store, expected: expected, by: caller) {
                    () throws(BrokerError) in
                    if kind == .create, name.isReserved { throw .nameReserved(name) }
                    guard value.byteCount > 0 else { throw .valueEmpty }
                    try store.requireRoom(for: value)
                }
            } catch .outdated {
                // While it waited for its turn, a migration sent the team's new versions elsewhere.
            }
        }
    }

    private func store(of team: TeamName) async throws(BrokerError) -> SecretStore {
        let name: StoreName
        do throws(CatalogError) {
            name = try await stores.storeName(of: team, catalog)
        } catch {
            throw .auditUnavailable
        }
        guard let store = stores.store(named: name) else { throw .storeUnknown(name, to: nil) }
        return store
    }

    private func write(
        _ kind: Put.Kind, _ name: SecretName, in team: TeamName, _ value: WriteAttempt.Value, to store: SecretStore,
        expected: VersionID?, by caller: Caller, check: () throws(BrokerError) -> Void
    ) async throws(BrokerError) -> SecretRecord {
        // Boxed, since the generator is an empty struct: the thread sanitizer follows what is passed inout, and it
        // would have no address.
        var random: any RandomNumberGenerator = SystemRandomNumberGenerator()
        let reference = Reference(namespace: store.namespace, team: team, name: name, using: &random)
        try await recordingRefusal(kind.action, name, in: team, by: caller.actor) { () async throws(BrokerError) in
            try caller.require(.writeSecrets(team))
            try check()
        }
        let put = Put(
            kind, name, in: team, at: .init(store: store.name, reference: reference), expected: expected,
            by: caller.actor)
        let attempt = WriteAttempt(self, put: put, value: value, store: store)
        return try await Task { await attempt.run() }.value.get()
    }

    /// Records it when `check` refuses a write, before anything of it is journaled.
    func recordingRefusal<Answer>(
        _ action: AuditEvent.Action, _ name: SecretName, in team: TeamName, by actor: Principal,
        _ check: () async throws(BrokerError) -> Answer
    ) async throws(BrokerError) -> Answer {
        do throws(BrokerError) {
            return try await check()
        } catch .auditUnavailable {
            throw .auditUnavailable
        } catch .outcomeUnknown {
            throw .outcomeUnknown
        } catch .outdated {
            throw .outdated
        } catch {
            do throws(CatalogError) {
                let outcome = AuditEvent.Outcome.failed(code: error.code.rawValue)
                try await audit.append(AuditEvent(action, outcome, by: actor, team: team, subject: .secret(name)))
            } catch {
                throw .auditUnavailable
            }
            throw error
        }
    }

    private func remove(_ deletion: Deletion) async -> Result<Void, BrokerError> {
        do throws(BrokerError) {
            let record = try await recordingRefusal(.delete, deletion.name, in: deletion.team, by: deletion.actor) {
                () async throws(BrokerError) in
                try await whenFree { () async throws(CatalogError) in
                    try await steps.during(.remove) { () async throws(CatalogError) in
                        try await journal.remove(deletion)
                    }
                }
            }
            values.evict(record.version)
            recovery.wake()
            return .success(())
        } catch .outcomeUnknown {
            let settled = await settle(as: .outcomeUnknown) { (code) async throws(CatalogError) in
                try await journal.settle(deletion, failure: code)
            }
            return settled.map { record in values.evict(record.version) }
        } catch {
            return .failure(error)
        }
    }

    /// Repeats `attempt` while another write of the secret is undecided, for as long as a write waits for its turn.
    func whenFree<Answer>(
        _ attempt: () async throws(CatalogError) -> Result<Answer, WriteRefusal>
    ) async throws(BrokerError) -> Answer {
        let deadline = ContinuousClock.now + timing.turn
        var pause = timing.pause
        while true {
            let answer: Result<Answer, WriteRefusal>
            do throws(CatalogError) {
                answer = try await attempt()
            } catch {
                throw BrokerError(changing: error)
            }
            guard case .failure(.busy) = answer, ContinuousClock.now + pause < deadline else {
                return try answer.mapError(BrokerError.init(_:)).get()
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw .overloaded
            }
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// Makes the outcome final before it is told. A commit that was in doubt and did happen is a success.
    ///
    /// While the catalog is out of reach, an error is final all the same as long as no commit is in doubt: only this
    /// process could commit the write, and it does not; its row is left to recovery.
    ///
    /// - Parameter decide: settles the write with this failure code.
    func settle<Record>(
        as error: BrokerError, _ decide: (String) async throws(CatalogError) -> Result<Record, WriteRefusal>
    ) async -> Result<Record, BrokerError> {
        let told = error == .outcomeUnknown ? .auditUnavailable : error
        do throws(CatalogError) {
            let decision = try await steps.during(.settle) { () async throws(CatalogError) in
                try await decide(told.code.rawValue)
            }
            recovery.wake()
            return decision.mapError { _ in told }
        } catch _ {
            return .failure(error)
        }
    }
}

extension SecretStore {
    func requireRoom(for value: Secret) throws(BrokerError) {
        guard value.byteCount <= maximumValueSize else { throw .valueTooLarge(limit: maximumValueSize) }
    }
}

extension BrokerError {
    /// Makes the error for a transaction that should have changed the catalog and failed.
    package init(changing error: CatalogError) {
        switch error {
        case .unavailable, .damaged, .outdated: self = .auditUnavailable
        case .inDoubt: self = .outcomeUnknown
        }
    }
}
