import Broker

/// The answer of STS, which speaks forms and XML.
struct GetCallerIdentityAnswer {
    /// `arn:aws:sts::123456789012:assumed-role/broker/i-0abc`.
    let arn: String

    static let requestBody = Secret("Action=GetCallerIdentity&Version=2011-06-15")

    init?(_ body: Secret) {
        guard let arn = body.withBytes({ awsXMLText(of: "Arn", in: $0) }), arn.hasPrefix("arn:"),
            arn.utf8.allSatisfy(\.isVisible)
        else { return nil }
        self.arn = arn
    }

    var account: String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 4, !parts[4].isEmpty, parts[4].utf8.allSatisfy(\.isDigit) else {
            return nil
        }
        return String(parts[4])
    }
}

extension AWSRoleSession {
    /// - Parameter token: what `AssumeRoleWithWebIdentity` takes in place of a signature and an external id.
    func request(_ operation: AWSOperation, token: Secret? = nil) -> Secret {
        var form = FormBody()
        form.append("Action", operation.rawValue)
        form.append("Version", "2011-06-15")
        form.append("RoleArn", role)
        form.append("RoleSessionName", name)
        if let duration { form.append("DurationSeconds", String(duration)) }
        if let externalID { form.append("ExternalId", externalID) }
        if let token { form.append("WebIdentityToken", secret: token) }
        return form.finish()
    }
}

/// The content of the only element of this name. Nil if there is none or a second one, or if it is long or contains
/// markup or a reference: none of the few fields that come as XML does.
func withAWSXMLText<Result>(of element: String, in document: RawSpan, _ body: (RawSpan) -> Result) -> Result? {
    let opening = "<\(element)>".utf8
    return unsafe document.withUnsafeBytes { document in
        guard let start = unsafe document.firstRange(of: opening)?.upperBound,
            let end = unsafe document[start...].firstRange(of: "</\(element)>".utf8)?.lowerBound,
            end - start <= 16 << 10, unsafe document[end...].firstRange(of: opening) == nil,
            unsafe !document[start..<end].contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") })
        else { return nil }
        return unsafe body(UnsafeRawBufferPointer(rebasing: document[start..<end]).bytes)
    }
}

/// The same, for words that are no secret.
func awsXMLText(of element: String, in document: RawSpan) -> String? {
    withAWSXMLText(of: element, in: document) { bytes in
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
