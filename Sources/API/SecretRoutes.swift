import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// The routes `/v1/teams/{team}/secrets`: everything about secrets but their values, which only come in.
struct SecretRoutes {
    let services: Services

    func list(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        try exchange.caller.demand(.readNames(team))
        let since = Usage.latelySince(services.now())
        let (secrets, usage, drift, store) = try await services.read { () async throws(CatalogError) in
            (
                try await services.catalog.secrets(in: team),
                try await services.catalog.usage(in: team, since: since),
                try await services.catalog.drift(in: team),
                try await services.stores.storeName(of: team, services.catalog)
            )
        }
        let json = JSONObject()
        json.set(
            "secrets",
            secrets.map { secret in
                secret.json(in: services.stores, usedBy: usage[secret.name] ?? [], drift: drift[secret.name])
            })
        json.set("warnings", (services.stores.store(named: store)?.warnings ?? []).map(\.json))
        return Response(json: json)
    }

    func describe(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.secretName())
        try exchange.caller.demand(.readNames(team))
        let (found, drift) = try await services.read { () async throws(CatalogError) in
            (try await services.catalog.secret(name, in: team), try await services.catalog.drift(in: team)[name])
        }
        guard let found else { throw .broker(.secretNotFound) }
        return answer(
            found, usedBy: try await users(of: name, in: team), drift: drift,
            namesObject: exchange.caller.grant.role == .admin)
    }

    func create(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let body = try exchange.object(["name", "value"])
        guard let text = try body.text("name"), let name = SecretName(text) else { throw .broker(.invalidName) }
        let value = try body.value("value")
        let record = try await services.ask { () async throws(BrokerError) in
            try await services.writer.create(name, in: team, value: value, by: exchange.caller)
        }
        return answer(record, status: .created)
    }

    func rotate(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.secretName())
        let value = try exchange.object(["value"]).value("value")
        let expected = try exchange.expected().map(VersionID.init(recorded:))
        // Read first, since nothing may go wrong once the write is in force. The writer refuses a caller without
        // permission, on record.
        let isAllowed = (try? exchange.caller.require(.writeSecrets(team))) != nil
        let users = isAllowed ? try await users(of: name, in: team) : []
        let record = try await services.ask { () async throws(BrokerError) in
            try await services.writer.rotate(name, in: team, value: value, expected: expected, by: exchange.caller)
        }
        return answer(record, usedBy: users)
    }

    func delete(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.secretName())
        let force: Bool
        switch exchange.query.get("force") {
        case nil, "false": force = false
        case "true": force = true
        default: throw .broker(.invalidRequest("force is true or false"))
        }
        let expected = try exchange.expected().map(VersionID.init(recorded:))
        try await services.ask { () async throws(BrokerError) in
            try await services.writer.delete(name, in: team, force: force, expected: expected, by: exchange.caller)
        }
        return Response(status: .noContent)
    }

    private func users(of name: SecretName, in team: TeamName) async throws(APIError) -> [Usage] {
        try await services.read { () async throws(CatalogError) in
            try await services.catalog.usage(of: name, in: team, since: Usage.latelySince(services.now()))
        }
    }

    private func answer(
        _ record: SecretRecord, usedBy users: [Usage] = [], drift: Drift? = nil, namesObject: Bool = false,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        var response = Response(
            status: status,
            json: record.json(in: services.stores, usedBy: users, drift: drift, namesObject: namesObject))
        response.headers[.eTag] = "\"\(record.version.id)\""
        return response
    }
}
