import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// `/v1/teams/{team}/secrets`: everything about secrets but their values, which only come in.
struct SecretRoutes {
    let services: Services

    func list(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.readNames(team)) }
        let secrets = try await services.read { () async throws(CatalogError) in
            try await services.catalog.secrets(in: team)
        }
        let json = JSONObject()
        json.set("secrets", secrets.map(\.json))
        json.set("warnings", services.stores.store(of: team).warnings.map(\.json))
        return Response(json: json)
    }

    func describe(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.secretName())
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.readNames(team)) }
        let since = services.now().adding(.zero - Writer.inUse)
        let (record, users) = try await services.read { () async throws(CatalogError) in
            (
                try await services.catalog.secret(name, in: team),
                try await services.catalog.usage(of: name, in: team, since: since)
            )
        }
        guard let record else { throw .broker(.secretNotFound) }
        let json = record.json
        json.set("used_by", users.map(\.json))
        return answer(json, record)
    }

    func create(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let body = try exchange.object(["name", "value"])
        guard let text = try body.text("name"), let name = SecretName(text) else { throw .broker(.invalidName) }
        let value = try body.value("value")
        let written = try await services.ask { () async throws(BrokerError) in
            try await services.writer.create(name, in: team, value: value, by: exchange.caller)
        }
        return answer(written, status: .created)
    }

    func rotate(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.secretName())
        let value = try exchange.object(["value"]).value("value")
        let expected = try exchange.expected().map(VersionID.init(recorded:))
        let written = try await services.ask { () async throws(BrokerError) in
            try await services.writer.rotate(name, in: team, value: value, expected: expected, by: exchange.caller)
        }
        return answer(written, status: .ok)
    }

    func delete(_ exchange: Exchange) async throws(APIError) -> Response {
        let (team, name) = (try exchange.team(), try exchange.secretName())
        let force: Bool
        switch exchange.query.get("force") {
        case nil, "false": force = false
        case "true": force = true
        default: throw .broker(.invalidRequest("force is true or false"))
        }
        try await services.ask { () async throws(BrokerError) in
            try await services.writer.delete(name, in: team, force: force, by: exchange.caller)
        }
        return Response(status: .noContent)
    }

    private func answer(_ written: Writer.Written, status: HTTPResponse.Status) -> Response {
        let json = written.record.json
        json.set("warnings", written.warnings.map(\.json))
        return answer(json, written.record, status: status)
    }

    private func answer(
        _ json: JSONObject, _ record: SecretRecord, status: HTTPResponse.Status = .ok
    ) -> Response {
        var response = Response(status: status, json: json)
        response.headers[.eTag] = "\"\(record.version.id)\""
        return response
    }
}
