/// Moves a team's secrets to another store, one at a time. Each move is a write of its own, so no secret is ever
/// without a value; an interrupted migration goes on when it is asked for again.
package struct Migration: Sendable {
    package enum Refusal: Error, Sendable, Equatable {
        /// The named broker is alive and has no such store, so it could not read what was moved.
        case storeUnknown(to: String)
        /// These values are larger than the store takes. Nothing was begun.
        case tooLarge([SecretName], limit: Int)
        case catalog(CatalogError)
    }

    /// The outcome for one secret.
    package struct Step: Sendable {
        package let record: SecretRecord
        /// Nil if the secret is in the new store.
        package let error: BrokerError?
    }

    private let team: TeamName
    private let target: SecretStore
    private let stores: Stores
    private let secrets: any SecretList
    private let assignments: any StoreAssignments
    private let recovery: Recovery
    private let writer: Writer

    package init(
        of team: TeamName, to target: SecretStore, among stores: Stores, secrets: any SecretList,
        assignments: any StoreAssignments, recovery: Recovery, writer: Writer
    ) {
        self.stores = stores
        self.team = team
        self.target = target
        self.secrets = secrets
        self.assignments = assignments
        self.recovery = recovery
        self.writer = writer
    }

    /// The team's secrets that are not in the new store.
    package func remaining() async throws(CatalogError) -> [SecretRecord] {
        try await secrets.secrets(in: team).filter { $0.version.store != target.name }
    }

    /// Sends new versions to the new store first and then, once the writes that do not know of it are decided, moves
    /// what is left. A secret that cannot be moved is reported and passed over.
    package func run(by caller: Caller, report: (Step) -> Void) async throws(Refusal) {
        try await requireRoom()
        let answer = try await asked { () async throws(CatalogError) in
            try await assignments.assign(target.name, to: team, by: caller.actor)
        }
        if case .failure(.storeUnknown(let broker)) = answer { throw .storeUnknown(to: broker) }
        _ = try await asked { () async throws(CatalogError) in try await recovery.finish { _ in } }
        var failed: Set<SecretName> = []
        // Asks again after each round: what an earlier writer wrote may still be in the former store.
        while case let left = try await remaining(but: failed), !left.isEmpty {
            for record in left {
                do throws(BrokerError) {
                    _ = try await writer.migrate(record, to: target, by: caller)
                    report(Step(record: record, error: nil))
                } catch .versionConflict {
                    // The secret was rotated meanwhile, so it is in the new store.
                } catch .secretNotFound {
                    // The secret was deleted meanwhile.
                } catch {
                    failed.insert(record.name)
                    report(Step(record: record, error: error))
                }
            }
        }
        _ = try await asked { () async throws(CatalogError) in try await recovery.pass() }
    }

    /// Reads each value whose present store takes larger values than the new one, to see whether it fits. A value that
    /// cannot be read is left for its own step to report.
    private func requireRoom() async throws(Refusal) {
        var tooLarge: [SecretName] = []
        for record in try await remaining(but: []) {
            guard let store = stores.store(named: record.version.store),
                store.maximumValueSize > target.maximumValueSize,
                let value = try? await store.provider.read(record.version.reference, at: record.version.pin)
            else { continue }
            if value.byteCount > target.maximumValueSize { tooLarge.append(record.name) }
        }
        guard tooLarge.isEmpty else { throw .tooLarge(tooLarge, limit: target.maximumValueSize) }
    }

    private func remaining(but failed: Set<SecretName>) async throws(Refusal) -> [SecretRecord] {
        try await asked { () async throws(CatalogError) in
            try await remaining().filter { !failed.contains($0.name) }
        }
    }

    private func asked<Answer>(
        _ question: () async throws(CatalogError) -> Answer
    ) async throws(Refusal) -> Answer {
        do throws(CatalogError) {
            return try await question()
        } catch {
            throw .catalog(error)
        }
    }
}
