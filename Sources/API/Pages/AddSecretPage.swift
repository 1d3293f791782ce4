import Broker
import Hummingbird

/// The page **New secret**.
struct AddSecretPage {
    /// What the form needs, on its own page and in front of the list.
    struct Fields {
        let id = "add"
        let proof: String
        let action: String
        let back: String
        let name: String

        init(proof: String, team: TeamName, name: String?) {
            self.proof = proof
            action = .teamPath(team) + "/secrets/new"
            back = .teamPath(team)
            self.name = name ?? ""
        }
    }

    private struct View {
        let frame: Frame
        let team: String
        let add: Fields
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let team = try visit.parameters.team()
        try visit.caller.demand(.writeSecrets(team))
        return templates.page(
            .add,
            View(
                frame: Frame(title: "New secret", visit, team: team, .secrets), team: team.text,
                add: Fields(proof: visit.session.proof, team: team, name: visit.notice?.name)))
    }

    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let team = try visit.parameters.team()
        guard let name = form.text("name").flatMap(SecretName.init) else { throw .broker(.invalidName) }
        let value = try form.value("value")
        _ = try await services.ask { () async throws(BrokerError) in
            try await services.writer.create(name, in: team, value: value, by: visit.caller)
        }
        return FormOutcome(path: .teamPath(team), notice: .added(name))
    }
}
