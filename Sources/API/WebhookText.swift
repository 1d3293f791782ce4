import Broker

/// A webhook as somebody wrote it down, in a request's JSON or in a form. Nothing of it has been checked.
struct WebhookText: Sendable {
    let name: String?
    let url: String?
    let accessToken: String?
    let signingSecret: String?
    let signatureEncoding: String?
    let headers: [(name: String, value: String)]
    let payloadSecrets: [(name: String, at: String)]
    let verifyWith: String?
    let answer: String?

    func webhook() throws(APIError) -> Webhook {
        guard let name = name.flatMap(WebhookName.init) else { throw .broker(.invalidName) }
        guard let url = url.flatMap(WebhookURL.init) else {
            throw .broker(
                .invalidRequest(
                    """
                    a webhook's URL is https://host[:port]/path, of at most 2048 printable ASCII characters, without \
                    user info, fragment and ${
                    """))
        }
        let encoding = try word(signatureEncoding, Webhook.SignatureEncoding.hex)
        let answer = try word(answer, Webhook.Answer.status)
        let (accessToken, signingSecret) = (try secret(accessToken), try secret(signingSecret))
        let verifyWith = try secret(verifyWith)
        let payloadSecrets = try placedSecrets()
        do throws(BrokerError) {
            var headers: [WebhookHeader] = []
            for header in self.headers { headers.append(try WebhookHeader(header.name, header.value)) }
            let webhook = try Webhook(
                name: name, url: url, accessToken: accessToken, signingSecret: signingSecret,
                signatureEncoding: encoding, headers: headers, payloadSecrets: payloadSecrets, verifyWith: verifyWith,
                answer: answer)
            try webhook.requireVisible()
            return webhook
        } catch {
            throw .broker(error)
        }
    }

    private func word<Word: RawRepresentable<String>>(_ text: String?, _ absent: Word) throws(APIError) -> Word {
        guard let text else { return absent }
        guard let word = Word(rawValue: text) else {
            throw .broker(.invalidRequest("signature_encoding is hex or base64, answer is status or body"))
        }
        return word
    }

    private func secret(_ text: String?) throws(APIError) -> SecretName? {
        guard let text else { return nil }
        guard let name = SecretName(text) else { throw .broker(.invalidName) }
        return name
    }

    private func placedSecrets() throws(APIError) -> [Webhook.PayloadSecret] {
        var secrets: [Webhook.PayloadSecret] = []
        for (name, at) in payloadSecrets {
            guard let at = JSONPointer(at) else {
                throw .broker(
                    .invalidRequest("a payload secret's place is a JSON pointer such as /client_payload/token"))
            }
            guard let name = SecretName(name) else { throw .broker(.invalidName) }
            secrets.append(Webhook.PayloadSecret(name: name, at: at))
        }
        return secrets
    }
}
