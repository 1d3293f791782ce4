import Broker
import Transport
import WireJSON

/// The credentials that an agent gives to a container beside it: to an ECS task, or an EKS pod with Pod Identity.
struct AWSContainerCredentials: AWSCredentialSource {
    private enum Authorization { case none, text(Secret), file(String) }

    let name = "the container's credential endpoint"
    private let url: String
    private let authorization: Authorization
    private let http: HTTPClient

    private static let operation = AWSOperation.containerCredentials.rawValue
    /// The agent of ECS.
    private static let agent = "http://169.254.170.2"
    /// The hosts that botocore allows: ECS's agent, and EKS's at two addresses.
    private static let hosts = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
    /// The limit for a call, which is botocore's.
    private static let deadline = Duration.seconds(2)
    private static let maximumTokenSize = 20_000

    /// Nil without a fault if the environment names no endpoint.
    init?(_ environment: [String: String], http: HTTPClient, faults: inout [String]) {
        func value(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        let faultsBefore = faults.count
        switch (value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), value("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        case (let path?, _):
            url = Self.agent + path
            if !Self.isPath(path[...]) {
                faults.append(
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path like /v2/credentials/ID: leave it as ECS sets"
                        + " it")
            }
        case (nil, let url?):
            self.url = url
            if !Self.isAllowed(url) {
                faults.append(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor http:// and a loopback address or one of"
                        + " \(Self.hosts.joined(separator: ", ")): leave it as EKS or ECS sets it")
            }
        case (nil, nil): return nil
        }
        if let file = value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            authorization = .file(file)
        } else if let token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret.init) {
            authorization = .text(token)
            if !Self.isToken(token) {
                faults.append(
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN cannot stand in a header: look for a line break that does not"
                        + " belong to it")
            }
        } else {
            authorization = .none
        }
        self.http = http
        guard faults.count == faultsBefore else { return nil }
    }

    private static func isAllowed(_ url: String) -> Bool {
        guard let host = url.firstRange(of: "://")?.upperBound else { return false }
        let path = url[host...].firstIndex(of: "/") ?? url.endIndex
        let base = BaseURL(String(url[..<path])) { LoopbackHost.isOne($0) || hosts.contains($0) }
        return base != nil && (path == url.endIndex || isPath(url[path...]))
    }

    /// Whether the text is a path, possibly with a query, that is percent-encoded where it must be.
    private static func isPath(_ path: Substring) -> Bool {
        path.hasPrefix("/") && path.utf8.count <= 2048
            && path.utf8.allSatisfy { $0.isUnreserved || "/?&=%:@!$'()*+,;".utf8.contains($0) }
    }

    private static func isToken(_ token: Secret) -> Bool {
        (1...maximumTokenSize).contains(token.byteCount)
            && token.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy { $0.isVisible || $0 == UInt8(ascii: " ") } }
            }
    }

    func credentials() async throws(ProviderError) -> AWSCredentials {
        var call = HTTPCall(
            "GET", url, headers: [HTTPHeader("Accept", "application/json")], deadline: Self.deadline,
            maximumAnswerSize: 64 << 10)
        // botocore never uses a proxy here, and the endpoint is beside the broker.
        call.mayUseProxy = false
        if let token = try token() { call.headers.append(HTTPHeader("Authorization", secret: token)) }
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch {
            throw ProviderError(error, during: Self.operation)
        }
        switch answer.status {
        case 200: break
        case 429: throw ProviderError(.throttled, during: Self.operation)
        case 408, 500...: throw ProviderError(.unavailable, during: Self.operation)
        default: throw ProviderError(.unauthenticated, during: Self.operation)
        }
        guard let credentials = answer.body.withBytes({ AWSCredentials(json: (try? JSONDocument(parsing: $0))?.root) })
        else { throw ProviderError(.unauthenticated, during: Self.operation) }
        return credentials
    }

    /// The token for the endpoint. A file is read anew each time, since the kubelet renews it.
    private func token() throws(ProviderError) -> Secret? {
        switch authorization {
        case .none: return nil
        case .text(let token): return token
        case .file(let path):
            guard let token = try? SecretFile.read(path, upTo: Self.maximumTokenSize), Self.isToken(token) else {
                throw ProviderError(.unauthenticated, during: AWSOperation.containerToken.rawValue)
            }
            return token
        }
    }
}
