import Broker
import Transport
import WireJSON

/// The keys that requests are signed with.
struct AWSCredentials: Sendable {
    /// The access key's id. It is public, being part of every request.
    let accessKeyID: String
    let secretAccessKey: Secret
    /// The session token of temporary credentials.
    let sessionToken: Secret?
    /// Nil if the credentials do not expire.
    let expires: Timestamp?

    /// Nil if a part cannot be in a header: an access key id with anything but letters, digits and underscores, a key
    /// or token with anything but printable ASCII.
    init?(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret?, expires: Timestamp?) {
        guard (1...128).contains(accessKeyID.utf8.count),
            accessKeyID.utf8.allSatisfy({
                $0.isLetterOrDigit || $0 == UInt8(ascii: "_")
            }),
            secretAccessKey.byteCount > 0, secretAccessKey.isPrintableASCII, sessionToken?.isPrintableASCII ?? true
        else { return nil }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expires = expires
    }
}

extension AWSCredentials {
    /// Reads the form of the metadata services of instances and containers. Nil for anything else.
    init?(json root: JSONNode?) {
        guard let root, let id = root["AccessKeyId"]?.string,
            let key = root["SecretAccessKey"]?.withString({ Secret(copying: $0) }),
            let token = root["Token"]?.withString({ Secret(copying: $0) }),
            let expires = root["Expiration"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(accessKeyID: id, secretAccessKey: key, sessionToken: token, expires: expires)
    }

    /// Reads STS's answer. Nil for anything else.
    init?(securityTokens body: Secret) {
        let found = body.withBytes { bytes -> AWSCredentials? in
            guard let id = awsXMLText(of: "AccessKeyId", in: bytes),
                let key = withAWSXMLText(of: "SecretAccessKey", in: bytes, { Secret(copying: $0) }),
                let token = withAWSXMLText(of: "SessionToken", in: bytes, { Secret(copying: $0) }),
                let expires = awsXMLText(of: "Expiration", in: bytes).flatMap({ Timestamp(rfc3339: $0) })
            else { return nil }
            return AWSCredentials(accessKeyID: id, secretAccessKey: key, sessionToken: token, expires: expires)
        }
        guard let found else { return nil }
        self = found
    }
}

/// A place where credentials may be found.
protocol AWSCredentialSource: Sendable {
    /// The place's name for people: `the environment`.
    var name: String { get }

    /// Gets credentials, bounded in time. Called again when the last ones are about to expire, or were refused.
    ///
    /// - Throws: `unauthenticated` if the place has none, `unavailable` if it does not answer.
    func credentials() async throws(ProviderError) -> AWSCredentials
}

/// The credentials in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and `AWS_SESSION_TOKEN` if they are temporary.
struct AWSEnvironmentCredentials: AWSCredentialSource {
    let name = "the environment"
    private let fixed: AWSCredentials

    /// Nil if neither key is set.
    init?(_ environment: [String: String], faults: inout [String]) {
        let id = environment["AWS_ACCESS_KEY_ID"] ?? ""
        let key = environment["AWS_SECRET_ACCESS_KEY"] ?? ""
        guard !id.isEmpty || !key.isEmpty else { return nil }
        guard !id.isEmpty && !key.isEmpty else {
            faults.append(
                "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: set both, or neither to sign in by"
                    + " another way")
            return nil
        }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        guard
            let credentials = AWSCredentials(
                accessKeyID: id, secretAccessKey: Secret(key), sessionToken: token.map(Secret.init), expires: nil)
        else {
            faults.append(
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN is not one that AWS issues: look for"
                    + " white space or quotation marks that do not belong to it")
            return nil
        }
        fixed = credentials
    }

    func credentials() async throws(ProviderError) -> AWSCredentials { fixed }
}

extension TokenCache<AWSCredentials> {
    /// Caches what a source gives, and renews it five minutes before it expires.
    init(_ source: any AWSCredentialSource, clock: @escaping @Sendable () -> Timestamp) {
        self.init(refreshAhead: .seconds(300), clock: clock) { () async throws(ProviderError) in
            let credentials = try await source.credentials()
            return (credentials, credentials.expires)
        }
    }
}
