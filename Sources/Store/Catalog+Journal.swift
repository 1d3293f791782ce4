package import Broker

extension Catalog: WriteJournal {
    package func open(_ put: Put, lease: Duration) async throws(CatalogError) -> Result<Version?, WriteRefusal> {
        try await write { db, now in
            let (target, present) = (put.target, try Self.secret(put.name, in: put.team, db)?.version)
            if let refusal = put.refusal(finding: present) { return .failure(refusal) }
            if try Self.isLocked(put.name, in: put.team, db) { return .failure(.busy) }
            if let store = try Self.assignedStore(of: put.team, db), store != target.store {
                return .failure(.storeChanged)
            }
            if let broker = try Self.broker(aliveAt: now, without: target.store, db) {
                return .failure(.storeUnknown(target.store, to: broker))
            }
            try db.run(
                """
                INSERT INTO journal (reference, store, team, name, state, write_id, action, journaled_at, due_at)
                VALUES (?, ?, ?, ?, 'writing', ?, ?, ?, ?)
                """,
                [
                    target.reference.text, target.store.text, put.team.text, put.name.text, put.id,
                    put.action.rawValue, now.milliseconds, now.adding(lease).milliseconds,
                ])
            try Self.append([AuditEvent(put, .attempted, version: target.reference.id)], at: now, db)
            return .success(present)
        }
    }

    package func renew(_ put: Put, lease: Duration) async throws(CatalogError) -> Bool {
        try await write { db, now in
            try db.run(
                "UPDATE journal SET due_at = ? WHERE reference = ? AND write_id = ? AND state = 'writing'",
                [now.adding(lease).milliseconds, put.target.reference.text, put.id]) == 1
        }
    }

    package func commit(
        _ put: Put, pin: Pin, base: Version?
    ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
        try await write { db, now in
            if let decision = try Self.decision(of: put, db) { return decision }
            let target = put.target
            guard let journaled = try Self.journaled(target.reference, by: put, db) else { return .failure(.lost) }
            let present = try Self.secret(put.name, in: put.team, db)
            guard present?.version == base else { return .failure(.changed(from: base, to: present?.version)) }
            let version = Version(
                store: target.store, reference: target.reference, pin: pin, journaled: journaled, committed: now)
            let change = SecretRecord.Change(at: now, by: put.actor.name)
            let record = SecretRecord(
                team: put.team, name: put.name, version: version, created: present?.created ?? change,
                updated: change)
            try Self.forget(target.reference, db)
            try Self.keep(record, db)
            if let base { try Self.oblige(base, of: put, at: now, db) }
            try Self.decide(put, .committed, at: now, db)
            try Self.append([AuditEvent(put, .done, version: version.id)], at: now, db)
            if base == nil { try Self.disarmWebhooks(naming: put.name, in: put.team, by: put.actor, at: now, db) }
            return .success(record)
        }
    }

    package func remove(_ deletion: Deletion) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
        try await write { [recentUses] db, now in
            if let decision = try Self.decision(of: deletion, db) { return decision }
            guard let record = try Self.secret(deletion.name, in: deletion.team, db) else {
                return .failure(.secretNotFound)
            }
            if let refusal = deletion.refusal(finding: record.version) { return .failure(refusal) }
            if let since = deletion.usedSince,
                let refusal = try Self.inUse(deletion, since: since, besides: recentUses.all, db)
            {
                return .failure(refusal)
            }
            if try Self.isLocked(deletion.name, in: deletion.team, db) { return .failure(.busy) }
            try Self.decide(deletion, .committed, at: now, db)
            try db.run(
                "DELETE FROM secret WHERE team = ? AND name = ?", [deletion.team.text, deletion.name.text])
            try Self.oblige(record.version, of: deletion, at: now, db)
            let events = [AuditEvent.Outcome.attempted, .done].map {
                AuditEvent(deletion, $0, version: record.version.id)
            }
            try Self.append(events, at: now, db)
            try Self.disarmWebhooks(naming: deletion.name, in: deletion.team, by: deletion.actor, at: now, db)
            return .success(record)
        }
    }

    package func settle(
        _ put: Put, failure code: String
    ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
        try await write { db, now in
            if let decision = try Self.decision(of: put, db) { return decision }
            // Decisions are kept for a day; what is in force needs none.
            let present = try Self.secret(put.name, in: put.team, db)
            if let present, present.version.reference == put.target.reference { return .success(present) }
            try Self.obligeTarget(of: put, at: now, db)
            try Self.decide(put, .failed, at: now, db)
            let event = AuditEvent(put, .failed(code: code), version: put.target.reference.id)
            try Self.append([event], at: now, db)
            return .failure(.lost)
        }
    }

    package func settle(
        _ deletion: Deletion, failure code: String
    ) async throws(CatalogError) -> Result<SecretRecord, WriteRefusal> {
        try await write { db, now in
            if let decision = try Self.decision(of: deletion, db) { return decision }
            try Self.decide(deletion, .failed, at: now, db)
            try Self.append([AuditEvent(deletion, .failed(code: code))], at: now, db)
            return .failure(.lost)
        }
    }
}

extension Put {
    func refusal(finding present: Version?) -> WriteRefusal? {
        switch kind {
        case .create where present != nil: .secretExists
        case .rotate where present == nil, .migrate where present == nil: .secretNotFound
        case .create, .rotate, .migrate: expected == nil || expected == present?.id ? nil : .versionConflict
        }
    }
}

extension Deletion {
    func refusal(finding present: Version) -> WriteRefusal? {
        expected == nil || expected == present.id ? nil : .versionConflict
    }
}

extension WriteRefusal {
    /// The refusal of a commit that does not find the version its write began with.
    static func changed(from base: Version?, to present: Version?) -> WriteRefusal {
        if base == nil { return .secretExists }
        return present == nil ? .secretNotFound : .versionConflict
    }
}
