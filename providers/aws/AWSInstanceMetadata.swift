import Broker
import Transport
import WireJSON

/// The credentials of the role that an EC2 instance, or the node of a cluster, runs as. Only version 2 of the metadata
/// service is used: version 1 answers whoever can make the instance send a GET.
struct AWSInstanceMetadata: AWSCredentialSource {
    let name = "the instance's metadata service"
    private let base: String
    private let http: HTTPClient

    private static let operation = AWSOperation.instanceCredentials.rawValue
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"
    /// The limit for a call: the service is on the same machine, and a sign-in takes three calls.
    private static let deadline = Duration.seconds(1)

    /// Nil, with a fault, if the environment switches the service off or places it where it cannot be.
    init?(_ environment: [String: String], http: HTTPClient, faults: inout [String]) {
        guard !flag("AWS_EC2_METADATA_DISABLED", in: environment, faults: &faults) else {
            faults.append(
                "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or unset"
                    + " AWS_EC2_METADATA_DISABLED to sign in as the instance")
            return nil
        }
        guard let base = Self.base(environment, faults: &faults) else { return nil }
        self.base = base
        self.http = http
    }

    private static func base(_ environment: [String: String], faults: inout [String]) -> String? {
        if let url = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"], !url.isEmpty {
            if let base = BaseURL(url, allowsPlainHTTP: isLocal) { return base.text }
            faults.append(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT is not http:// and a loopback or link-local address, nor"
                    + " https://HOST: correct or unset it")
            return nil
        }
        switch (environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] ?? "").lowercased() {
        case "", "ipv4": return "http://169.254.169.254"
        case "ipv6": return "http://[fd00:ec2::254]"
        default:
            faults.append("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6: set one, or unset it")
            return nil
        }
    }

    private static func isLocal(_ host: String) -> Bool {
        LoopbackHost.isOne(host) || host == "169.254.169.254" || host == "[fd00:ec2::254]"
    }

    func credentials() async throws(ProviderError) -> AWSCredentials {
        let session = try await send(
            "PUT", "/latest/api/token", HTTPHeader("x-aws-ec2-metadata-token-ttl-seconds", "60"))
        let header = HTTPHeader("x-aws-ec2-metadata-token", secret: session)
        guard session.isPrintableASCII, let role = Self.roleName(try await send("GET", Self.rolePath, header)),
            let credentials = Self.credentials(in: try await send("GET", Self.rolePath + role, header))
        else { throw ProviderError(.unauthenticated, during: Self.operation) }
        return credentials
    }

    private func send(_ method: String, _ path: String, _ header: HTTPHeader) async throws(ProviderError) -> Secret {
        let call = HTTPCall(
            method, base + path, headers: [header], deadline: Self.deadline, maximumAnswerSize: 16 << 10)
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch {
            throw ProviderError(error, during: Self.operation)
        }
        switch answer.status {
        case 200: return answer.body
        case 429: throw ProviderError(.throttled, during: Self.operation)
        case 408, 500...: throw ProviderError(.unavailable, during: Self.operation)
        default: throw ProviderError(.unauthenticated, during: Self.operation)
        }
    }

    /// The role's name, from the first line: there is only ever one. It becomes part of a path, so it must be an IAM
    /// name.
    private static func roleName(_ body: Secret) -> String? {
        let text = body.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0.prefix(256), as: UTF8.self) }
        }
        guard let line = text.split(whereSeparator: \.isNewline).first, (1...64).contains(line.utf8.count),
            line.utf8.allSatisfy(\.isNameCharacter)
        else { return nil }
        return String(line)
    }

    private static func credentials(in body: Secret) -> AWSCredentials? {
        body.withBytes { bytes in
            guard let root = (try? JSONDocument(parsing: bytes))?.root, root["Code"]?.string == "Success"
            else { return nil }
            return AWSCredentials(json: root)
        }
    }
}
