package import Broker

extension Catalog: Journal {
    package func open(_ write: Write, lease: Duration) async throws(CatalogError) -> JournalOpening {
        // `Writer` opens what it made a target for; no request decides it.
        guard let target = write.target else { preconditionFailure("a delete has no object to journal") }
        return try await self.write { db, now in
            let present = try Self.secret(write.name, in: write.team, db)?.version
            if let refusal = write.refusal(finding: present) { return .refused(refusal) }
            if try Self.isLocked(write.name, in: write.team, db) { return .busy }
            if let store = try Self.assignedStore(of: write.team, db), store != target.store { return .storeChanged }
            if let broker = try Self.broker(aliveAt: now, without: target.store, db) {
                return .storeUnknown(to: broker)
            }
            try db.run(
                """
                INSERT INTO journal (reference, store, team, name, state, write_id, action, journaled_at, due_at)
                VALUES (?, ?, ?, ?, 'writing', ?, ?, ?, ?)
                """,
                [
                    target.reference.text, target.store.text, write.team.text, write.name.text, write.id,
                    write.action.rawValue, now.milliseconds, now.adding(lease).milliseconds,
                ])
            try Self.append([AuditEvent(write, .attempted, version: target.reference.id)], at: now, db)
            return .opened(base: present)
        }
    }

    package func renew(_ write: Write, lease: Duration) async throws(CatalogError) -> Bool {
        try await self.write { db, now in
            try db.run(
                "UPDATE journal SET due_at = ? WHERE reference = ? AND write_id = ? AND state = 'writing'",
                [now.adding(lease).milliseconds, write.target?.reference.text, write.id]) == 1
        }
    }

    package func commit(_ write: Write, pin: Pin, base: Version?) async throws(CatalogError) -> WriteDecision {
        // As in `open`, which came before.
        guard let target = write.target else { preconditionFailure("a delete has nothing to commit") }
        return try await self.write { db, now in
            if let decision = try Self.decision(of: write, db) { return decision }
            guard let journaled = try Self.journaled(target.reference, by: write, db) else { return .lost }
            let present = try Self.secret(write.name, in: write.team, db)
            guard present?.version == base else { return .refused(.changed(from: base, to: present?.version)) }
            let version = Version(
                store: target.store, reference: target.reference, pin: pin, journaled: journaled, committed: now)
            let change = SecretRecord.Change(at: now, by: write.actor.name)
            let record = SecretRecord(
                team: write.team, name: write.name, version: version, created: present?.created ?? change,
                updated: change)
            try Self.forget(target.reference, db)
            try Self.keep(record, db)
            if let base { try Self.oblige(base, of: write, at: now, db) }
            try Self.decide(write, .committed, at: now, db)
            try Self.append([AuditEvent(write, .done, version: version.id)], at: now, db)
            return .committed(record)
        }
    }

    package func remove(_ write: Write) async throws(CatalogError) -> WriteDecision? {
        try await self.write { db, now in
            if let decision = try Self.decision(of: write, db) { return decision }
            let record = try Self.secret(write.name, in: write.team, db)
            let present = record?.version
            if let refusal = write.refusal(finding: present) { return .refused(refusal) }
            if try Self.isLocked(write.name, in: write.team, db) { return nil }
            try Self.decide(write, .committed, at: now, db)
            if let present {
                try db.run("DELETE FROM secret WHERE team = ? AND name = ?", [write.team.text, write.name.text])
                try Self.oblige(present, of: write, at: now, db)
            }
            let events = [AuditEvent.Outcome.attempted, .done].map { AuditEvent(write, $0, version: present?.id) }
            try Self.append(events, at: now, db)
            return .committed(record)
        }
    }

    package func settle(_ write: Write, failure code: String) async throws(CatalogError) -> WriteDecision {
        try await self.write { db, now in
            if let decision = try Self.decision(of: write, db) { return decision }
            if let target = write.target {
                // Decisions are kept for a day; what is in force needs none.
                let present = try Self.secret(write.name, in: write.team, db)
                if let present, present.version.reference == target.reference { return .committed(present) }
                try Self.oblige(target, of: write, at: now, db)
            }
            try Self.decide(write, .settled, at: now, db)
            let event = AuditEvent(write, .failed(code: code), version: write.target?.reference.id)
            try Self.append([event], at: now, db)
            return .lost
        }
    }
}

extension Write {
    func refusal(finding present: Version?) -> WriteRefusal? {
        switch kind {
        case .create where present != nil: .secretExists
        case .rotate where present == nil, .migrate where present == nil, .delete where present == nil: .secretNotFound
        case .create, .rotate, .migrate, .delete: expected == nil || expected == present?.id ? nil : .versionConflict
        }
    }
}

extension WriteRefusal {
    /// What a commit says that does not find what its write began with.
    static func changed(from base: Version?, to present: Version?) -> WriteRefusal {
        if base == nil { return .secretExists }
        return present == nil ? .secretNotFound : .versionConflict
    }
}
