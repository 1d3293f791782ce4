package import Broker
import GRDB

extension SQLiteCatalog: Adoptions {
    package func adopt(
        _ version: Version, as name: SecretName, in team: TeamName, by actor: Actor
    ) async throws(CatalogError) -> AdoptionRefusal? {
        try await write { db, now in
            let write = Write(id: "", kind: .create, team: team, name: name, actor: actor, target: nil, expected: nil)
            if try Self.isLocked(write, db) { return .busy }
            let present = try Self.secret(name, in: team, db)
            guard present?.version.isOwned != true else { return .secretExists }
            let holder = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT team, name FROM secret WHERE reference = ?"),
                arguments: [version.reference.text])
            if let holder {
                guard try holder.text("team") == team.text, try holder.text("name") == name.text else { return .inUse }
            }
            let change = SecretRecord.Change(at: now, by: actor.name)
            try Self.keep(
                SecretRecord(
                    team: team, name: name, version: version, created: present?.created ?? change, updated: change), db)
            try db.cachedStatement(sql: "DELETE FROM drift WHERE reference = ?")
                .execute(arguments: [version.reference.text])
            let subject = AuditEvent.Subject(name: name.text, version: version.id)
            try Self.append([AuditEvent(.adopt, .done, by: actor, team: team, subjects: [subject])], at: now, db)
            return nil
        }
    }
}
