import Broker
import Hummingbird

/// The page behind the pencil: a new value in place of the old.
struct RotateSecretPage {
    struct Fields {
        let id = "rotate"
        let proof: String
        let action: String
        let back: String
        let name: String
        /// The version that the form was opened for, so that a faster change is not overwritten unseen.
        let version: String

        /// - Parameter record: nil where the page's script fills in the form.
        init(proof: String, team: TeamName, record: SecretRecord?) {
            self.proof = proof
            action = record.map { .secretPath(team, $0.name) + "/rotate" } ?? ""
            back = .teamPath(team)
            name = record?.name.text ?? ""
            version = record?.version.id.text ?? ""
        }
    }

    private struct View {
        let frame: Frame
        let team: String
        let rotate: Fields
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.secretName())
        try visit.caller.demand(.writeSecrets(team))
        let found = try await services.read { () async throws(CatalogError) in
            try await services.catalog.secret(name, in: team)
        }
        guard let record = found else { throw .broker(.secretNotFound) }
        return templates.page(
            .rotate,
            View(
                frame: Frame(title: "Rotate \(name)", visit, team: team, .secrets), team: team.text,
                rotate: Fields(proof: visit.session.proof, team: team, record: record)))
    }

    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.secretName())
        guard let version = form.text("version") else { throw .notTheForm }
        let value = try form.value("value")
        _ = try await services.ask { () async throws(BrokerError) in
            try await services.writer.rotate(
                name, in: team, value: value, expected: VersionID(recorded: version), by: visit.caller)
        }
        return FormOutcome(path: .teamPath(team), notice: .rotated(name))
    }
}
