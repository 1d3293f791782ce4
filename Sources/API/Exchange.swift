import Broker
import HTTPTypes
import Hummingbird
import NIOCore
import WireJSON

/// What the broker knows about a request beside what it says: where it came from, and where its path leads.
struct Context: InitializableFromSource {
    let channel: any Channel
    var parameters = PathParameters()

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}

/// A request that has been read and whose sender is known.
struct Exchange {
    let parameters: PathParameters
    let query: Parameters
    let headers: HTTPFields
    let body: RequestBytes
    var caller: Caller

    func team() throws(APIError) -> TeamName { try parameters.team() }
    func secretName() throws(APIError) -> SecretName { try parameters.secretName() }
    func webhookName() throws(APIError) -> WebhookName { try parameters.webhookName() }

    /// The value of `If-Match: "ID"`, as the ETag of an answer gave it.
    func expected() throws(APIError) -> String? {
        guard let field = headers[.ifMatch] else { return nil }
        guard (3...66).contains(field.utf8.count), field.hasPrefix("\""), field.hasSuffix("\"") else {
            throw .broker(.invalidRequest("If-Match takes one version in double quotes"))
        }
        return String(field.dropFirst().dropLast())
    }

    /// The body as it came, which must be one JSON object.
    func objectText() throws(APIError) -> [UInt8] {
        let text = Array(body.bytes.readableBytesView)
        do throws(JSONFault) {
            if unsafe !JSONSyntax.isCertain(text.span.bytes) { _ = try document() }
        } catch {
            throw APIError(error)
        }
        guard text.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "{") else { throw .notJSON }
        return text
    }

    /// The body, which must be an object with no fields but these.
    func object(_ fields: Set<String>) throws(APIError) -> JSONNode {
        do throws(JSONFault) {
            let root = try document().root
            try root.requireOnly(fields)
            return root
        } catch {
            throw APIError(error)
        }
    }
}

extension PathParameters {
    func team() throws(APIError) -> TeamName {
        guard let team = get("team").flatMap(TeamName.init) else { throw .broker(.invalidName) }
        return team
    }

    func secretName() throws(APIError) -> SecretName {
        guard let name = get("name").flatMap(SecretName.init) else { throw .broker(.invalidName) }
        return name
    }

    func webhookName() throws(APIError) -> WebhookName {
        guard let name = get("webhook").flatMap(WebhookName.init) else { throw .broker(.invalidName) }
        return name
    }
}

extension Exchange {
    func document() throws(JSONFault) -> JSONDocument {
        try unsafe body.bytes.readableBytesView.withUnsafeBytes { bytes throws(JSONFault) in
            try unsafe JSONDocument(parsing: bytes.bytes)
        }
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

extension APIError {
    init(_ fault: JSONFault) {
        switch fault {
        case .malformed, .notText, .numberOutOfRange: self = .notJSON
        case .duplicateKey: self = .duplicateKey
        case .tooDeep: self = .nestedTooDeeply
        case .unknownField: self = .unknownField
        }
    }
}

extension JSONNode {
    /// A member that must be there and hold a secret's value.
    func value(_ key: String) throws(APIError) -> Secret {
        guard let secret = self[key]?.withString({ Secret(copying: $0) }) else {
            throw .wrongMember(key, wanted: "a string")
        }
        return secret
    }

    /// A member that must be text or may be missing.
    func text(_ key: String) throws(APIError) -> String? {
        guard let node = self[key], node.kind != .null else { return nil }
        guard let text = node.string else { throw .wrongMember(key, wanted: "a string") }
        return text
    }
}
