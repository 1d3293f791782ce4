import Broker
import Hummingbird
import NIOCore
import WireJSON

/// `resolve` and `values`: the two calls that answer with values.
struct ResolveRoutes {
    let services: Services

    func resolve(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        let request = try Self.request(exchange)
        let resolved = try await services.ask { () async throws(BrokerError) in
            try await services.resolver.resolve(request, of: team, for: exchange.caller)
        }
        return try Self.answer(resolved, to: request)
    }

    func values(_ exchange: Exchange) async throws(APIError) -> Response {
        let team = try exchange.team()
        guard let list = try exchange.object(["names"])["names"], list.kind == .array else { throw .notJSON }
        var names: Set<SecretName> = []
        for element in list.elements {
            guard let text = element.string else { throw .notJSON }
            guard let name = SecretName(text) else { throw .broker(.invalidName) }
            names.insert(name)
        }
        guard names.count <= ResolveRequest.maximumNames else {
            throw .broker(.invalidRequest("one request names at most 100 secrets and variables"))
        }
        let found = try await services.ask { () async throws(BrokerError) in
            try await services.resolver.readValues(of: names, in: team, for: exchange.caller)
        }
        return try Self.answer(found)
    }

    /// The strict parser has the first word; then the template keeps the bytes of the payload as they came.
    private static func request(_ exchange: Exchange) throws(APIError) -> ResolveRequest {
        let document = try exchange.object(["payload", "template", "headers", "variables"])
        let bytes = Array(exchange.body.readableBytesView)
        var payload: Range<Int>?
        var headers: Range<Int>?
        for member in JSONMembers.find(in: bytes) {
            if member.key.elementsEqual("payload".utf8) { payload = member.value }
            if member.key.elementsEqual("headers".utf8) { headers = member.value }
        }
        let template = try document.text("template")
        do throws(BrokerError) {
            let body: ResolveRequest.Body
            switch (payload, template) {
            case (let payload?, nil): body = .payload(try JSONTemplate(bytes, in: payload, as: .payload))
            case (nil, let template?): body = .text(try Template(template.utf8))
            default: throw .invalidRequest("exactly one of payload and template is wanted")
            }
            if let node = document["headers"] { try requireStrings(node) }
            let headers = try headers.map { range throws(BrokerError) in
                try JSONTemplate(bytes, in: range, as: .headers)
            }
            return try ResolveRequest(body: body, headers: headers, variables: try variables(document["variables"]))
        } catch {
            throw .broker(error)
        }
    }

    private static func requireStrings(_ node: JSONNode) throws(BrokerError) {
        guard node.kind == .object, node.keys.allSatisfy({ node[$0]?.kind == .string }) else {
            throw .invalidRequest("headers is an object whose values are strings")
        }
    }

    private static func variables(_ node: JSONNode?) throws(BrokerError) -> [String: String] {
        guard let node else { return [:] }
        guard node.kind == .object else { throw .invalidRequest("variables is an object whose values are strings") }
        var variables: [String: String] = [:]
        for key in node.keys {
            guard let text = node[key]?.string else {
                throw .invalidRequest("variables is an object whose values are strings")
            }
            variables[key] = text
        }
        return variables
    }

    private static func answer(_ resolved: Resolved, to request: ResolveRequest) throws(APIError) -> Response {
        var used = JSONLine()
        used.set(
            "secrets",
            resolved.used.map { name, version in
                var json = JSONLine()
                json.set("name", name.text)
                json.set("version", version.text)
                return json
            })
        used.set("warnings", resolved.warnings.map(\.line))
        return try revealing { json throws(SecretBuffer.Overflow) in
            switch request.body {
            case .payload:
                try json.append("{\"payload\":")
                try resolved.body.withBytes { bytes throws(SecretBuffer.Overflow) in try json.append(bytes) }
            case .text:
                try json.append("{\"template\":\"")
                try resolved.body.withBytes { bytes throws(SecretBuffer.Overflow) in
                    try JSONText.appendEscaped(bytes, to: &json)
                }
                try json.append("\"")
            }
            if let headers = resolved.headers {
                try json.append(",\"headers\":")
                try headers.withBytes { bytes throws(SecretBuffer.Overflow) in try json.append(bytes) }
            }
            try json.append(",")
            try json.append(String(used.text.dropFirst()))
        }
    }

    private static func answer(_ values: [SecretName: Secret]) throws(APIError) -> Response {
        try revealing { json throws(SecretBuffer.Overflow) in
            try json.append("{\"secrets\":{")
            for (index, name) in values.keys.sorted().enumerated() {
                try json.append("\(index == 0 ? "" : ",")\"\(name)\":\"")
                try values[name]?.withBytes { bytes throws(SecretBuffer.Overflow) in
                    try JSONText.appendEscaped(bytes, to: &json)
                }
                try json.append("\"")
            }
            try json.append("}}")
        }
    }

    /// What a rendered answer may become by JSON's escaping is bounded too: six bytes for one.
    private static func revealing(
        _ write: (inout SecretBuffer) throws(SecretBuffer.Overflow) -> Void
    ) throws(APIError) -> Response {
        var json = SecretBuffer(limit: ResolveRequest.maximumOutput * 6 + (1 << 20))
        do throws(SecretBuffer.Overflow) {
            try write(&json)
        } catch {
            throw .broker(.invalidRequest("the rendered answer would be larger than 4 MiB"))
        }
        return Response(revealing: json.finish())
    }
}
