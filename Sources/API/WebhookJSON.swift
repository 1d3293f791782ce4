import Broker
import WireJSON

/// A webhook as a request describes it.
struct WebhookBody {
    static let fields: Set<String> = [
        "url", "access_token", "signing_secret", "signature_encoding", "headers", "payload_secrets", "verify_with",
        "answer", "confirm",
    ]

    private let body: JSONNode

    init(_ body: JSONNode) { self.body = body }

    func webhook(named name: WebhookName) throws(APIError) -> Webhook {
        guard let url = try body.text("url").flatMap(WebhookURL.init) else {
            throw .broker(
                .invalidRequest(
                    """
                    url is https://host[:port]/path, of at most 2048 printable ASCII characters, without user info, \
                    fragment and ${
                    """))
        }
        let encoding = try word("signature_encoding", Webhook.SignatureEncoding.hex)
        let answer = try word("answer", Webhook.Answer.status)
        let accessToken = try secret("access_token")
        let signingSecret = try secret("signing_secret")
        let verifyWith = try secret("verify_with")
        let payloadSecrets = try payloadSecrets()
        let headers = try headers()
        do throws(BrokerError) {
            return try Webhook(
                name: name, url: url, accessToken: accessToken, signingSecret: signingSecret,
                signatureEncoding: encoding, headers: headers, payloadSecrets: payloadSecrets, verifyWith: verifyWith,
                answer: answer)
        } catch {
            throw .broker(error)
        }
    }

    private func word<Word: RawRepresentable<String>>(_ field: String, _ absent: Word) throws(APIError) -> Word {
        guard let text = try body.text(field) else { return absent }
        guard let word = Word(rawValue: text) else {
            throw .broker(.invalidRequest("signature_encoding is hex or base64, answer is status or body"))
        }
        return word
    }

    private func secret(_ field: String) throws(APIError) -> SecretName? {
        guard let text = try body.text(field) else { return nil }
        return try Self.secret(text)
    }

    private static func secret(_ text: String?) throws(APIError) -> SecretName {
        guard let name = text.flatMap(SecretName.init) else { throw .broker(.invalidName) }
        return name
    }

    private func payloadSecrets() throws(APIError) -> [Webhook.PayloadSecret] {
        guard let list = body["payload_secrets"], list.kind != .null else { return [] }
        guard list.kind == .array else { throw .notJSON }
        var secrets: [Webhook.PayloadSecret] = []
        for element in list.elements {
            do throws(JSONFault) { try element.requireOnly(["name", "at"]) } catch { throw APIError(error) }
            guard let at = try element.text("at").flatMap(JSONPointer.init) else {
                throw .broker(.invalidRequest("at is a JSON pointer such as /client_payload/token"))
            }
            secrets.append(.init(name: try Self.secret(element.text("name")), at: at))
        }
        return secrets
    }

    private func headers() throws(APIError) -> [WebhookHeader] {
        guard let object = body["headers"], object.kind != .null else { return [] }
        guard object.kind == .object else { throw .notJSON }
        var headers: [WebhookHeader] = []
        for name in object.keys {
            guard let value = object[name]?.string else {
                throw .broker(.invalidRequest("headers is an object whose values are strings"))
            }
            do throws(BrokerError) {
                headers.append(try WebhookHeader(name, value))
            } catch {
                throw .broker(error)
            }
        }
        return headers
    }
}

extension JSONNode {
    /// A member that must be true or false, or may be missing.
    func flag(_ key: String) throws(APIError) -> Bool? {
        guard let node = self[key], node.kind != .null else { return nil }
        guard let flag = node.boolean else { throw .notJSON }
        return flag
    }
}

extension WebhookRecord {
    /// - Parameter publicURL: without it, the relay's URL is a path: whoever asks knows where the broker is.
    func json(_ publicURL: String?) -> JSONObject {
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
        json.set("relay_url", (publicURL ?? "") + "/v1/relay/\(team)/\(webhook.name)")
        return json
    }
}

extension JSONObject {
    fileprivate func set(_ key: String, orNull value: String?) {
        if let value { set(key, value) } else { setNull(key) }
    }
}
