import Broker
import Transport

/// What requests are signed with.
struct AWSCredentials: Sendable {
    /// Public: it stands in every request.
    let accessKeyID: String
    let secretAccessKey: Secret
    /// With temporary credentials.
    let sessionToken: Secret?
    /// Nil: they do not expire.
    let expires: Timestamp?

    /// Nil if a part could not stand in a header: an access key of other than letters, digits and underscores, a token
    /// with anything but printable ASCII.
    init?(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret?, expires: Timestamp?) {
        guard (1...128).contains(accessKeyID.utf8.count),
            accessKeyID.utf8.allSatisfy({
                $0.isDecimalDigit || $0.isLowercaseLetter || $0.isUppercaseLetter || $0 == UInt8(ascii: "_")
            }),
            secretAccessKey.byteCount > 0, sessionToken?.isPrintableASCII ?? true
        else { return nil }
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expires = expires
    }
}

/// One place where credentials may be found.
protocol AWSCredentialSource: Sendable {
    /// For people: `the environment`.
    var name: String { get }

    /// Bounded in time. Called again when what it answered is about to expire, or was refused.
    ///
    /// - Throws: `unauthenticated` where the place has none, `unavailable` where it does not answer.
    func credentials() async throws(ProviderError) -> AWSCredentials
}

/// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN` where they are temporary.
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
                "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set: set both, or neither to sign in as"
                    + " the instance.")
            return nil
        }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        guard
            let credentials = AWSCredentials(
                accessKeyID: id, secretAccessKey: Secret(key), sessionToken: token.map(Secret.init), expires: nil)
        else {
            faults.append(
                "AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN is not one that AWS issues: look for white space or quotation"
                    + " marks that do not belong to it.")
            return nil
        }
        fixed = credentials
    }

    func credentials() async throws(ProviderError) -> AWSCredentials { fixed }
}

/// The order in which places are asked is botocore's; the first that is configured decides, and a fault there does not
/// fall through to another identity.
enum AWSCredentialChain {
    /// Places that come between the environment and the instance, and are not read yet. A broker that silently signed in
    /// as the instance instead would be somebody else than the operator ordered.
    private static let unsupported = [
        "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]

    static func source(
        _ environment: [String: String], http: HTTPClient, faults: inout [String]
    ) -> (any AWSCredentialSource)? {
        let faultsBefore = faults.count
        if let source = AWSEnvironmentCredentials(environment, faults: &faults) { return source }
        guard faults.count == faultsBefore else { return nil }
        for variable in unsupported where !(environment[variable] ?? "").isEmpty {
            faults.append(
                "\(variable) is set, which this version does not sign in with: unset it, and set AWS_ACCESS_KEY_ID and"
                    + " AWS_SECRET_ACCESS_KEY or let the broker sign in as its instance.")
        }
        guard faults.count == faultsBefore else { return nil }
        return AWSInstanceMetadata(environment, http: http, faults: &faults)
    }
}

extension Secret {
    init(_ text: String) {
        unsafe self.init(copying: text.utf8.span.bytes)
    }

    /// What may stand in a header.
    var isPrintableASCII: Bool {
        withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy { (0x21...0x7E).contains($0) } }
        }
    }
}
