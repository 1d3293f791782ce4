package import Broker

extension Catalog: Adoptions {
    package func adopt(
        _ version: Version, as name: SecretName, in team: TeamName, by actor: Principal
    ) async throws(CatalogError) -> Result<Void, AdoptionRefusal> {
        try await write { db, now in
            if try Self.isLocked(name, in: team, db) { return .failure(.busy) }
            if let broker = try Self.broker(aliveAt: now, without: version.store, db) {
                return .failure(.storeUnknown(to: broker))
            }
            let present = try Self.secret(name, in: team, db)
            guard present?.version.isOwned != true else { return .failure(.secretExists) }
            let holder = try db.row("SELECT team, name FROM secret WHERE reference = ?", [version.reference.text])
            if let holder {
                let owner = try TeamName(holder.text("team")).orDamaged()
                let known = try SecretName(holder.text("name")).orDamaged()
                guard owner == team, known == name else { return .failure(.inUse(as: known, in: owner)) }
            }
            let change = SecretRecord.Change(at: now, by: actor.name)
            try Self.keep(
                SecretRecord(
                    team: team, name: name, version: version, created: present?.created ?? change, updated: change), db)
            try db.run("DELETE FROM drift WHERE reference = ?", [version.reference.text])
            let event = AuditEvent(
                .adopt, .done, by: actor, team: team, subject: .secret(name, version.id),
                adoptedFrom: version.reference)
            try Self.append([event], at: now, db)
            if present == nil { try Self.disarmWebhooks(naming: name, in: team, by: actor, at: now, db) }
            return .success(())
        }
    }
}
