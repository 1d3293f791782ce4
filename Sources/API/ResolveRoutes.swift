import Broker
import Hummingbird
import NIOCore
import WireJSON

/// The routes `resolve` and `values`: the two calls that answer with values.
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
        let wrong = APIError.wrongMember("names", wanted: "an array of strings")
        guard let list = try exchange.object(["names"])["names"], list.kind == .array else { throw wrong }
        var names: Set<SecretName> = []
        for element in list.elements {
            guard let text = element.string else { throw wrong }
            guard let name = SecretName(text) else { throw .broker(.invalidName) }
            names.insert(name)
        }
        guard names.count <= ResolveRequest.maximumNames else {
            throw .broker(.invalidRequest("one request names at most 100 secrets and variables"))
        }
        let found = try await services.ask { () async throws(BrokerError) in
            try await services.resolver.readValues(of: names.sorted(), in: team, for: exchange.caller)
        }
        return try Self.answer(found)
    }

    /// The request. The payload's bytes are used as they came: the text is checked, not read.
    private static func request(_ exchange: Exchange) throws(APIError) -> ResolveRequest {
        let json = try exchange.objectText()
        var payload: Range<Int>?
        var template: [UInt8]?
        var headers: Range<Int>?
        var variables: Range<Int>?
        for (key, value) in JSONMembers.find(in: json) {
            switch String(decoding: key, as: UTF8.self) {
            case "payload": payload = value
            case "template": template = try text(json, value)
            case "headers": headers = value
            case "variables": variables = value
            default: throw .unknownField
            }
        }
        do throws(BrokerError) {
            let body: ResolveRequest.Body
            switch (payload, template) {
            case (let payload?, nil): body = .payload(try JSONTemplate(json, in: payload, as: .payload))
            case (nil, let template?): body = .text(try Template(template))
            default: throw .invalidRequest("exactly one of payload and template is wanted")
            }
            let headers = try headers.map { range throws(BrokerError) in
                guard strings(json, range) != nil else {
                    throw .invalidRequest("headers is an object whose values are strings")
                }
                return try JSONTemplate(json, in: range, as: .headers)
            }
            let variables = try variables.map { range throws(BrokerError) in
                guard let variables = strings(json, range) else {
                    throw .invalidRequest("variables is an object whose values are strings")
                }
                return variables
            }
            return try ResolveRequest(body: body, headers: headers, variables: variables ?? [:])
        } catch {
            throw .broker(error)
        }
    }

    /// The text of a string; nil for null.
    private static func text(_ json: [UInt8], _ range: Range<Int>) throws(APIError) -> [UInt8]? {
        if let text = JSONText.string(json, in: range) { return text }
        guard json[range.lowerBound] == UInt8(ascii: "n") else {
            throw .wrongMember("template", wanted: "a string")
        }
        return nil
    }

    /// The strings of an object; nil if it is no object, or has other values.
    private static func strings(_ json: [UInt8], _ range: Range<Int>) -> [String: String]? {
        guard json[range.lowerBound] == UInt8(ascii: "{") else { return nil }
        var strings: [String: String] = [:]
        for (key, value) in JSONMembers.find(in: json, range) {
            guard let text = JSONText.string(json, in: value) else { return nil }
            strings[String(decoding: key, as: UTF8.self)] = String(decoding: text, as: UTF8.self)
        }
        return strings
    }

    private static func answer(_ resolved: Resolved, to request: ResolveRequest) throws(APIError) -> Response {
        var members = JSONLine()
        members.set("secrets", count: resolved.used.count) { json, index in
            json.set("name", resolved.used[index].name.text)
            json.set("version", resolved.used[index].version.text)
        }
        members.set("warnings", count: resolved.warnings.count) { resolved.warnings[$1].write(to: &$0) }
        let used = members.finish()
        return try revealing(resolved.byteCount + used.count + 256) { json throws(SecretBuffer.Overflow) in
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
            try unsafe json.append(used.span.bytes.extracting(droppingFirst: 1))
        }
    }

    private static func answer(_ values: [SecretName: Secret]) throws(APIError) -> Response {
        try revealing(512) { json throws(SecretBuffer.Overflow) in
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

    /// Makes an answer with values. JSON's escaping makes at most six bytes of one, and so the answer is bounded too.
    ///
    /// - Parameter size: the approximate size, in bytes.
    private static func revealing(
        _ size: Int, _ write: (inout SecretBuffer) throws(SecretBuffer.Overflow) -> Void
    ) throws(APIError) -> Response {
        var json = SecretBuffer(limit: ResolveRequest.maximumOutput * 6 + (1 << 20), capacity: size)
        do throws(SecretBuffer.Overflow) {
            try write(&json)
        } catch {
            throw .broker(.invalidRequest("the rendered answer would be larger than 4 MiB"))
        }
        return Response(revealing: json.finish())
    }
}
