import ArgumentParser
import Broker

/// Reads what is typed into the rules' types. A fault is wrong usage.
enum Typed {
    static func team(_ text: String) throws -> TeamName {
        guard let team = TeamName(text) else {
            throw ValidationError(
                "a team is 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit")
        }
        return team
    }

    static func webhook(_ text: String) throws -> WebhookName {
        guard let name = WebhookName(text) else {
            throw ValidationError(
                "a webhook's name is 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit")
        }
        return name
    }

    static func secret(_ text: String) throws -> SecretName {
        guard let name = SecretName(text) else {
            throw ValidationError("a secret's name is 1 to 128 of A-Z, a-z, 0-9 and _")
        }
        return name
    }

    /// A future time, or how far away it is.
    static func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(toCome: text, after: SystemTime.now()) else {
            throw ValidationError("--expires is a time to come: 90d, or 2027-01-31T00:00:00Z")
        }
        return moment
    }
}

extension Failure {
    static func fromCatalog<Answer>(_ work: () async throws(CatalogError) -> Answer) async throws -> Answer {
        do throws(CatalogError) {
            return try await work()
        } catch {
            throw Failure(error)
        }
    }

    init(_ error: CatalogError) {
        switch error {
        case .unavailable, .outdated:
            self.init("the catalog cannot be used: see that its disk has room and that nothing keeps it locked")
        case .damaged: self.init("the catalog is damaged: restore it from a backup")
        case .inDoubt:
            self.init("the disk failed while the catalog was written: list what is there before trying again")
        }
    }
}
