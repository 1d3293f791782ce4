import Broker

/// STS's query protocol, as far as GetCallerIdentity goes: a form in, XML out.
enum SecurityTokenService {
    private static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    static func isCallerIdentity(_ request: CloudRequest) -> Bool {
        let form = request.body.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        let fields = form.split(separator: "&")
        return fields.contains("Action=GetCallerIdentity") && fields.contains("Version=2011-06-15")
    }

    static func identity(of credential: AWSCredential, account: String) -> CloudAnswer {
        let service = credential.principal.hasPrefix("assumed-role/") ? "sts" : "iam"
        let result =
            "<Arn>arn:aws:\(service)::\(account):\(credential.principal)</Arn>"
            + "<UserId>\(credential.accessKeyID.replacing("ASIA", with: "AROA"))</UserId><Account>\(account)</Account>"
        return answer(
            200,
            "<GetCallerIdentityResponse xmlns=\"\(namespace)\"><GetCallerIdentityResult>\(result)"
                + "</GetCallerIdentityResult><ResponseMetadata><RequestId>%</RequestId></ResponseMetadata>"
                + "</GetCallerIdentityResponse>")
    }

    static func failure(_ code: String, _ message: String, status: Int) -> CloudAnswer {
        let escaped = message.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return answer(
            status,
            "<ErrorResponse xmlns=\"\(namespace)\"><Error><Type>Sender</Type><Code>\(code)</Code>"
                + "<Message>\(escaped)</Message></Error><RequestId>%</RequestId></ErrorResponse>")
    }

    /// - Parameter xml: with `%` where the request id goes.
    private static func answer(_ status: Int, _ xml: String) -> CloudAnswer {
        let id = RandomText.uuid()
        var answer = CloudAnswer(status: status, contentType: "text/xml", text: xml.replacing("%", with: id))
        answer.headers.append(("x-amzn-RequestId", id))
        return answer
    }
}
