package import Broker

/// Why a catalog did not move.
package enum MoveError: Error, Sendable, Equatable {
    /// This broker runs on the catalog.
    case inUse(broker: String)
    /// The catalog was sealed for another place.
    case sealed(successor: String)
    /// The other catalog has content that is not this one's.
    case targetInUse
    /// The catalog was copied there before, and that copy has been written since.
    case movedBefore(successor: String)
    case source(CatalogError)
    /// The copy exists, but could not be verified.
    case unverified(CatalogError)
    /// Nothing was kept in the other catalog, and the source is as it was.
    case target(CatalogError)
    /// Nothing was kept in the other catalog, but the source could not be unsealed.
    case stillSealed(CatalogError)
    /// The copy may exist or not, and the source stays sealed: run the move again.
    case inDoubt
    /// The copy is not what was copied.
    case different(AuditVerdict)

    /// What is wrong and what to do about it, in one sentence.
    package var sentence: String {
        switch self {
        case .inUse(let broker): "the broker \(broker) runs on this catalog: end every broker, and wait for 30 seconds"
        case .sealed(let successor): "this catalog was sealed for \(successor): name that one"
        case .targetInUse: "the other catalog is not empty: name an empty database"
        case .movedBefore(let successor):
            "this catalog was moved to \(successor), which is in use since: set SECRET_BROKER_CATALOG to that one"
        case .source(let error): "this catalog cannot be read, or not be sealed (\(error)): see its disk"
        case .unverified(let error): "the copy was kept, and cannot be read back (\(error)): run this again"
        case .target(let error): "the other catalog cannot be written (\(error)); nothing was changed"
        case .stillSealed(let error):
            "nothing was kept in the other catalog, but this one stays sealed (\(error)): see its disk, and then name an "
                + "empty database and run this again"
        case .inDoubt: "whether the copy was kept is not known: run this again"
        case .different(let verdict):
            "the audit log of the copy is not that of this catalog (\(verdict)): "
                + "empty the other database and run this again"
        }
    }
}

extension Catalog {
    /// Moves a catalog that no broker runs on from its file to an empty one, with the audit log, which is verified
    /// there. The file is sealed from the first step on. May be interrupted and run again.
    ///
    /// - Parameter place: the place of `target`, for whoever opens the file afterwards.
    /// - Returns: the end of the audit log.
    package func move(to target: Catalog, at place: String) async throws(MoveError) -> AuditHead {
        guard let source = engine as? SQLiteEngine else { throw .source(.unavailable) }
        let (head, isNew) = try seal(source, Seal(successor: place))
        do throws(MoveError) {
            try await target.take(source, upTo: head, wasSealed: !isNew, at: place)
        } catch {
            // What was sealed before may already be copied, and in use.
            guard isNew, error != .inDoubt else { throw error }
            do throws(CatalogError) {
                try source.writeNow { db, _ in try Seal.remove(db) }
            } catch {
                throw .stillSealed(error)
            }
            throw error
        }
        let verdict: AuditVerdict
        do throws(CatalogError) {
            verdict = try await target.verifyAudit(against: head)
        } catch {
            throw .unverified(error)
        }
        guard case .intact(_, head) = verdict else { throw .different(verdict) }
        return head
    }

    private func take(
        _ source: SQLiteEngine, upTo head: AuditHead, wasSealed: Bool, at place: String
    ) async throws(MoveError) {
        let isFilled: Bool
        let copy = CatalogCopy()
        do throws(CatalogError) {
            isFilled = try await auditHead() == head ? true : fill(from: source, by: copy)
        } catch {
            if copy.isSourceAtFault { throw .source(error) }
            throw error == .inDoubt ? .inDoubt : .target(error)
        }
        guard isFilled else { throw wasSealed ? .movedBefore(successor: place) : .targetInUse }
    }

    /// Copies in one transaction, so that all of it or nothing is there afterwards.
    /// - Returns: false if the catalog already holds something else.
    private func fill(from source: SQLiteEngine, by copy: CatalogCopy) async throws(CatalogError) -> Bool {
        try await write { to, _ in
            guard try CatalogCopy.isEmpty(to) else { return false }
            try source.readNow { from in try copy.run(from: from, to: to) }
            return true
        }
    }

    /// Seals the source, in the transaction that looks at which brokers are alive.
    /// - Returns: the end of the audit log, and whether the seal is a new one.
    private func seal(_ source: SQLiteEngine, _ seal: Seal) throws(MoveError) -> (head: AuditHead, isNew: Bool) {
        let outcome: Result<(head: AuditHead, isNew: Bool), MoveError>
        do throws(CatalogError) {
            outcome = try source.writeNow { db, now in
                if let broker = try Self.alive(at: now, db).first { return .failure(.inUse(broker: broker.id)) }
                let present = try Seal.read(db)
                if let present, present != seal { return .failure(.sealed(successor: present.successor)) }
                try seal.write(at: now, db)
                return .success((try Self.head(db), present == nil))
            }
        } catch {
            throw .source(error)
        }
        return try outcome.get()
    }
}
