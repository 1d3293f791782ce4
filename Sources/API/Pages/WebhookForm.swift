import Broker

/// A webhook in the fields of its form, as they were typed. A list is a text with one entry a line.
struct WebhookForm: Sendable {
    static let fields: Set<String> = [
        "name", "url", "access-token", "signing-secret", "signature-encoding", "headers", "payload-secrets", "payload",
        "verify-with", "answer", "confirm", "revision", "do",
    ]
    /// The maximum size of a field with a list, in bytes.
    private static let maximumList = 64 << 10

    let name: String
    let url: String
    let accessToken: String
    let signingSecret: String
    let signatureEncoding: String
    let headers: String
    private(set) var payloadSecrets: String
    let verifyWith: String
    let answer: String
    /// The revision that the form was opened for; empty for a new webhook.
    let revision: String

    /// Makes an empty form.
    init() {
        self.init { _, _ in "" }
    }

    init(_ form: Form) throws(APIError) {
        for list in ["headers", "payload-secrets"] where form.text(list, upTo: Self.maximumList) == nil {
            throw .notTheForm
        }
        self.init { form.text($0, upTo: $1) ?? "" }
    }

    private init(_ field: (_ name: String, _ limit: Int) -> String) {
        name = field("name", 128)
        url = field("url", WebhookURL.maximumLength + 1)
        accessToken = field("access-token", 128)
        signingSecret = field("signing-secret", 128)
        signatureEncoding = field("signature-encoding", 16)
        headers = field("headers", Self.maximumList)
        payloadSecrets = field("payload-secrets", Self.maximumList)
        verifyWith = field("verify-with", 128)
        answer = field("answer", 16)
        revision = field("revision", 64)
    }

    /// - Throws: `invalidRequest` for a webhook that one line for each entry cannot hold.
    init(_ record: WebhookRecord) throws(APIError) {
        let webhook = record.webhook
        guard !webhook.payloadSecrets.contains(where: { $0.at.text.utf8.contains { $0 == 0x0A || $0 == 0x0D } }) else {
            throw .broker(
                .invalidRequest("a pointer of this webhook has a line break in it: change it through the API"))
        }
        name = webhook.name.text
        url = webhook.url.text
        accessToken = webhook.accessToken?.text ?? ""
        signingSecret = webhook.signingSecret?.text ?? ""
        signatureEncoding = webhook.signatureEncoding.rawValue
        headers = webhook.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        payloadSecrets = Self.list(webhook.payloadSecrets)
        verifyWith = webhook.verifyWith?.text ?? ""
        answer = webhook.answer.rawValue
        revision = record.revision
    }

    func with(_ secrets: [Webhook.PayloadSecret]) -> WebhookForm {
        var form = self
        form.payloadSecrets = Self.list(secrets)
        return form
    }

    private static func list(_ secrets: [Webhook.PayloadSecret]) -> String {
        secrets.map { "\($0.name) \($0.at)" }.joined(separator: "\n")
    }

    /// Whether the form has something that few webhooks need.
    var isDetailed: Bool {
        !headers.isEmpty || !verifyWith.isEmpty || signatureEncoding == "base64" || answer == "body"
    }

    /// - Parameter name: the name of an existing webhook; nil: the one that was typed.
    func text(named name: WebhookName?) throws(APIError) -> WebhookText {
        func given(_ field: String) -> String? { field.isEmpty ? nil : field }
        return WebhookText(
            name: name?.text ?? self.name, url: url, accessToken: given(accessToken),
            signingSecret: given(signingSecret), signatureEncoding: given(signatureEncoding),
            headers: try Self.headers(in: headers), payloadSecrets: try Self.places(in: payloadSecrets),
            verifyWith: given(verifyWith), answer: given(answer))
    }

    private static func headers(in text: String) throws(APIError) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for line in lines(of: text) {
            guard let colon = line.firstIndex(of: ":") else {
                throw .broker(.invalidRequest("write each header as Name: value, one a line"))
            }
            headers.append((trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...])))
        }
        return headers
    }

    private static func places(in text: String) throws(APIError) -> [(name: String, at: String)] {
        var places: [(name: String, at: String)] = []
        for line in lines(of: text) {
            guard let space = line.firstIndex(of: " ") else {
                throw .broker(
                    .invalidRequest(
                        "write each payload secret as NAME /pointer, one a line: TOKEN /client_payload/token"))
            }
            places.append((String(line[..<space]), String(line[space...].drop { $0 == " " })))
        }
        return places
    }

    /// The lines that are not blank, without the CR that browsers send.
    private static func lines(of text: String) -> [Substring] {
        text.utf8.split(separator: 0x0A).compactMap { line in
            let text = Substring(line.last == 0x0D ? line.dropLast() : line)
            return trimmed(text).isEmpty ? nil : text
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
