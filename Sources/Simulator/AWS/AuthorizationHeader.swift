import Broker

/// What a request claims about its signature: the parts of `Authorization`, and when it was signed.
struct AuthorizationHeader {
    struct Scope {
        let accessKeyID: String
        let date: String
        let region: String
        let service: String
        let terminator: String
    }

    let algorithm: String
    let scope: Scope
    let signedHeaders: [String]
    let signature: String
    /// The value of X-Amz-Date, verbatim.
    let date: String
    let signedAt: Timestamp

    init(_ request: CloudRequest) throws(AuthenticationFault) {
        guard let header = request.header("authorization"), header.hasPrefix("AWS4-") else { throw .missingToken }
        let words = header.split { $0 == "," || $0 == " " }
        var parameters: [Substring: String] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parameters[pair[0]] = String(pair[1]) }
        }
        let missing = ["Credential", "Signature", "SignedHeaders"].filter { parameters[$0[...]] == nil }
            .map { "Authorization header requires '\($0)' parameter. " }.joined()
        guard let credential = parameters["Credential"], let signature = parameters["Signature"],
            let signedHeaders = parameters["SignedHeaders"]
        else { throw .incomplete(missing) }
        guard let date = request.header("x-amz-date") else {
            throw .incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
        }
        guard let signedAt = Timestamp(basicISO8601: date) else {
            throw .incomplete("Date must be in ISO-8601 'basic format'.")
        }
        algorithm = String(words[0])
        scope = try Scope(credential)
        self.signature = signature
        self.signedHeaders = signedHeaders.split(separator: ";").map { $0.lowercased() }
        self.date = date
        self.signedAt = signedAt
    }
}

extension AuthorizationHeader.Scope {
    init(_ credential: String) throws(AuthenticationFault) {
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5 else {
            throw .incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term")
        }
        (accessKeyID, date, region, service, terminator) = (parts[0], parts[1], parts[2], parts[3], parts[4])
    }

    /// The scope that the signing key is derived for.
    var text: String { "\(date)/\(region)/\(service)/\(terminator)" }
}

extension Timestamp {
    /// Reads what `basicISO8601` writes.
    init?(basicISO8601 text: String) {
        guard text.utf8.count == 16 else { return nil }
        func part(_ start: Int, _ count: Int) -> Substring { text.dropFirst(start).prefix(count) }
        self.init(
            rfc3339: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))\(part(8, 1))"
                + "\(part(9, 2)):\(part(11, 2)):\(part(13, 2))\(part(15, 1))")
    }
}
