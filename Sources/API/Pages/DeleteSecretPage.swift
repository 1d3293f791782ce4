import Broker
import Hummingbird

/// The page behind the trash icon: asks whether to delete the secret, and names who uses it.
struct DeleteSecretPage {
    struct Fields {
        let proof: String
        let action: String
        let back: String
        let name: String
        /// The version that the form was opened for, so that what has its name by then is not deleted unseen.
        let version: String
        let isUsed: Bool
        let uses: [SecretsPage.Use]

        /// - Parameter record: nil where the page's script fills in the form.
        init(proof: String, team: TeamName, record: SecretRecord?, uses: [SecretsPage.Use]) {
            self.proof = proof
            action = record.map { .secretPath(team, $0.name) + "/delete" } ?? ""
            back = .teamPath(team)
            name = record?.name.text ?? ""
            version = record?.version.id.text ?? ""
            isUsed = !uses.isEmpty
            self.uses = uses
        }
    }

    private struct View {
        let frame: Frame
        let team: String
        let delete: Fields
    }

    let services: Services
    let templates: Templates

    func show(_ visit: Visit) async throws(APIError) -> Response {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.secretName())
        try visit.caller.demand(.writeSecrets(team))
        let now = services.now()
        let (record, users, webhooks) = try await services.read { () async throws(CatalogError) in
            (
                try await services.catalog.secret(name, in: team),
                try await services.catalog.usage(of: name, in: team, since: Usage.latelySince(now)),
                try await services.catalog.webhooks(naming: name, in: team)
            )
        }
        guard let record else { throw .broker(.secretNotFound) }
        return templates.page(
            .delete,
            View(
                frame: Frame(title: "Delete \(name)", visit, team: team, .secrets), team: team.text,
                delete: Fields(
                    proof: visit.session.proof, team: team, record: record,
                    uses: users.map { SecretsPage.Use($0, now: now) } + webhooks.map(SecretsPage.Use.init))))
    }

    /// Deletes a secret that is in use only if its user was shown that it is.
    func submit(_ visit: Visit, _ form: Form) async throws(APIError) -> FormOutcome {
        let (team, name) = (try visit.parameters.team(), try visit.parameters.secretName())
        guard let version = form.text("version") else { throw .notTheForm }
        let wasTold = form.text("in-use") == "told"
        try await services.ask { () async throws(BrokerError) in
            try await services.writer.delete(
                name, in: team, force: wasTold, expected: VersionID(recorded: version), by: visit.caller)
        }
        return FormOutcome(path: .teamPath(team), notice: .deleted(name))
    }
}
