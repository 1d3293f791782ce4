import Broker
import WireJSON

extension WebhookText {
    static let fields: Set<String> = [
        "url", "access_token", "signing_secret", "signature_encoding", "headers", "payload_secrets", "verify_with",
        "answer", "confirm",
    ]

    /// - Throws: what is wrong with the types of the members.
    init(_ name: String?, _ body: JSONNode) throws(APIError) {
        self.init(
            name: name, url: try body.text("url"), accessToken: try body.text("access_token"),
            signingSecret: try body.text("signing_secret"), signatureEncoding: try body.text("signature_encoding"),
            headers: try Self.headers(of: body), payloadSecrets: try Self.payloadSecrets(of: body),
            verifyWith: try body.text("verify_with"), answer: try body.text("answer"))
    }

    private static func payloadSecrets(of body: JSONNode) throws(APIError) -> [(name: String, at: String)] {
        guard let list = body["payload_secrets"], list.kind != .null else { return [] }
        guard list.kind == .array else {
            throw .wrongMember("payload_secrets", wanted: "an array of objects with `name` and `at`")
        }
        var secrets: [(name: String, at: String)] = []
        for element in list.elements {
            do throws(JSONFault) { try element.requireOnly(["name", "at"]) } catch { throw APIError(error) }
            secrets.append((try element.text("name") ?? "", try element.text("at") ?? ""))
        }
        return secrets
    }

    private static func headers(of body: JSONNode) throws(APIError) -> [(name: String, value: String)] {
        guard let object = body["headers"], object.kind != .null else { return [] }
        guard object.kind == .object else {
            throw .wrongMember("headers", wanted: "an object whose values are strings")
        }
        var headers: [(name: String, value: String)] = []
        for name in object.keys {
            guard let value = object[name]?.string else {
                throw .broker(.invalidRequest("headers is an object whose values are strings"))
            }
            headers.append((name, value))
        }
        return headers
    }
}

extension JSONNode {
    /// A member that must be true or false, or may be missing.
    func flag(_ key: String) throws(APIError) -> Bool? {
        guard let node = self[key], node.kind != .null else { return nil }
        guard let flag = node.boolean else { throw .wrongMember(key, wanted: "true or false") }
        return flag
    }
}

extension WebhookRecord {
    /// - Parameter publicURL: without it, the relay's URL is a path: whoever asks knows where the broker is.
    func json(_ publicURL: String?, _ warnings: [Warning]) -> JSONObject {
        let json = JSONObject()
        json.set("name", webhook.name.text)
        json.set("url", webhook.url.text)
        json.set("access_token", orNull: webhook.accessToken?.text)
        json.set("signing_secret", orNull: webhook.signingSecret?.text)
        json.set("signature_encoding", webhook.signatureEncoding.rawValue)
        let headers = JSONObject()
        for header in webhook.headers { headers.set(header.name, header.value) }
        json.set("headers", headers)
        json.set(
            "payload_secrets",
            webhook.payloadSecrets.map { secret in
                let json = JSONObject()
                json.set("name", secret.name.text)
                json.set("at", secret.at.text)
                return json
            })
        json.set("verify_with", orNull: webhook.verifyWith?.text)
        json.set("answer", webhook.answer.rawValue)
        json.set("confirmed", isConfirmed)
        json.set("revision", revision)
        json.set("relay_url", relayURL(publicURL))
        json.set("warnings", warnings.map(\.json))
        return json
    }

    /// The URL that W&B calls.
    func relayURL(_ publicURL: String?) -> String { (publicURL ?? "") + "/v1/relay/\(team)/\(webhook.name)" }
}

extension JSONObject {
    fileprivate func set(_ key: String, orNull value: String?) {
        if let value { set(key, value) } else { setNull(key) }
    }
}
