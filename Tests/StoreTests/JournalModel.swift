import Broker

@testable import Store

/// The journal's rules once more, in memory and without a database: the oracle of the property test.
struct JournalModel {
    struct Row: Equatable {
        var state: String
        var writer: String?
        let name: SecretName
        let journaled: Timestamp
        var due: Timestamp
        var failures = 0
    }

    var secrets: [SecretName: SecretRecord] = [:]
    var rows: [Reference: Row] = [:]
    var puts: [String: Result<SecretRecord, WriteRefusal>] = [:]
    var deletions: [String: Result<SecretRecord, WriteRefusal>] = [:]
    var trail: [String] = []

    mutating func open(_ write: Put, lease: Duration, at now: Timestamp) -> Result<Version?, WriteRefusal> {
        if let refusal = refusal(write) { return .failure(refusal) }
        if isLocked(write.name) { return .failure(.busy) }
        rows[write.reference] = Row(
            state: "writing", writer: write.id, name: write.name, journaled: now, due: now.adding(lease))
        say(write, "attempted")
        return .success(secrets[write.name]?.version)
    }

    mutating func renew(_ write: Put, lease: Duration, at now: Timestamp) -> Bool {
        guard isOurs(write) else { return false }
        rows[write.reference]?.due = now.adding(lease)
        return true
    }

    mutating func commit(
        _ write: Put, pin: Pin, base: Version?, at now: Timestamp
    ) -> Result<SecretRecord, WriteRefusal> {
        if let decision = puts[write.id] { return decision }
        guard isOurs(write), let row = rows.removeValue(forKey: write.reference) else { return .failure(.lost) }
        let change = SecretRecord.Change(at: now, by: write.actor.name)
        let record = SecretRecord(
            team: write.team, name: write.name,
            version: Version(
                store: .default, reference: write.reference, pin: pin, journaled: row.journaled, committed: now),
            created: secrets[write.name]?.created ?? change, updated: change)
        if let base { owe(base, write.name, at: now) }
        secrets[write.name] = record
        puts[write.id] = .success(record)
        say(write, "done")
        return .success(record)
    }

    mutating func remove(_ write: Deletion, at now: Timestamp) -> Result<SecretRecord, WriteRefusal> {
        if let decision = deletions[write.id] { return decision }
        if let refusal = refusal(write) { return .failure(refusal) }
        if isLocked(write.name) { return .failure(.busy) }
        guard let removed = secrets.removeValue(forKey: write.name) else { return .failure(.secretNotFound) }
        owe(removed.version, write.name, at: now)
        deletions[write.id] = .success(removed)
        say(write, "attempted")
        say(write, "done")
        return .success(removed)
    }

    mutating func settle(_ write: Put, at now: Timestamp) -> Result<SecretRecord, WriteRefusal> {
        if let decision = puts[write.id] { return decision }
        let reference = write.reference
        if rows[reference]?.state == "writing" {
            rows[reference]?.state = "purge"
            rows[reference]?.due = now
        } else if rows[reference] == nil {
            rows[reference] = Row(state: "purge", name: write.name, journaled: now, due: now)
        }
        puts[write.id] = .failure(.lost)
        say(write, "failed")
        return .failure(.lost)
    }

    mutating func expireLeases(at now: Timestamp) -> Int {
        let expired = rows.filter { $0.value.state == "writing" && $0.value.due <= now }.keys
        for reference in expired {
            rows[reference]?.state = "purge"
            rows[reference]?.due = now
        }
        for (reference, row) in rows where row.state == "held" && row.due <= now {
            rows[reference]?.state = "purge"
            rows[reference]?.failures = 0
        }
        return expired.count
    }

    mutating func advance(_ obligation: Obligation, _ step: ObligationStep) {
        let state = obligation.isRepeat ? "repeat" : "purge"
        guard var row = rows[obligation.reference], row.state == state, row.failures == obligation.failures else {
            return
        }
        switch step {
        case .discharged:
            rows[obligation.reference] = nil
            return
        case .again(let date): (row.state, row.due, row.failures) = ("repeat", date, 0)
        case .failed(let date): (row.due, row.failures) = (date, row.failures + 1)
        case .held(let date): (row.state, row.due) = ("held", date)
        }
        rows[obligation.reference] = row
    }

    func obligations(at now: Timestamp?) -> Set<Reference> {
        Set(
            rows.filter { _, row in
                ["purge", "repeat"].contains(row.state) && (now == nil || row.due <= now!)
            }.keys)
    }

    func count(_ state: String) -> Int { rows.values.count { $0.state == state } }

    private func refusal(_ write: some Write) -> WriteRefusal? {
        let present = secrets[write.name]?.version.id
        let isCreate = (write as? Put)?.kind == .create
        if isCreate != (present == nil) { return isCreate ? .secretExists : .secretNotFound }
        if let expected = write.expected, expected != present { return .versionConflict }
        return nil
    }

    private func isLocked(_ name: SecretName) -> Bool {
        rows.values.contains { $0.state == "writing" && $0.name == name }
    }

    private func isOurs(_ write: Put) -> Bool {
        rows[write.reference].map { $0.state == "writing" && $0.writer == write.id } ?? false
    }

    private mutating func owe(_ version: Version, _ name: SecretName, at now: Timestamp) {
        rows[version.reference] = Row(state: "purge", name: name, journaled: version.journaled, due: now)
    }

    private mutating func say(_ write: some Write, _ outcome: String) {
        trail.append("\(write.action.rawValue) \(outcome)")
    }
}
