import Broker
import Transport

/// The service account of the machine: a virtual machine's or, with GKE's workload identity, the pod's. The transport
/// takes its address for local, so that no proxy is ever asked for it.
struct GoogleMetadataServer: GoogleCredentialSource {
    let name = "the metadata server"
    private let base: BaseURL
    private let surroundings: Surroundings

    private static let account = "/computeMetadata/v1/instance/service-accounts/default"
    /// A header that is sent and expected back, so that nothing else that listens there is taken for the server.
    private static let flavor = (name: "Metadata-Flavor", value: "Google")
    private static let operation = GoogleOperation.metadataToken

    /// Nil, with a fault, if the environment switches the server off or places it where it cannot be.
    init?(_ surroundings: Surroundings, faults: inout [String]) {
        let environment = surroundings.environment
        let faultsBefore = faults.count
        if flag("NO_GCE_CHECK", in: environment, faults: &faults) {
            faults.append(
                "there are no credentials: set GOOGLE_APPLICATION_CREDENTIALS to a credential file, or unset"
                    + " NO_GCE_CHECK to sign in as the machine's service account")
        }
        guard faults.count == faultsBefore else { return nil }
        let host = environment["GCE_METADATA_HOST"].flatMap { $0.isEmpty ? nil : $0 } ?? "metadata.google.internal"
        guard let base = BaseURL("http://\(host)", allowsPlainHTTP: Self.isLocal) else {
            faults.append(
                "GCE_METADATA_HOST is not metadata.google.internal, 169.254.169.254 or a loopback address, with a port"
                    + " or without: correct or unset it")
            return nil
        }
        self.base = base
        self.surroundings = surroundings
    }

    private static func isLocal(_ host: String) -> Bool {
        LoopbackHost.isOne(host) || host == "metadata.google.internal" || host == "169.254.169.254"
    }

    func token() async throws(ProviderError) -> BearerToken {
        let now = surroundings.now()
        guard let token = BearerToken(oauth: try await get("/token"), at: now) else {
            throw ProviderError(.corrupt, during: Self.operation.rawValue)
        }
        return token
    }

    func identity() async -> String? {
        guard let body = try? await get("/email") else { return nil }
        let email = body.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0.prefix(512), as: UTF8.self) }
        }
        return email.isIdentity ? email : nil
    }

    private func get(_ item: String) async throws(ProviderError) -> Secret {
        let url = ServiceURL(base, target: Self.account + item)
        let answer = try await GoogleSignInCall(Self.operation, surroundings).get(
            url, [HTTPHeader(Self.flavor.name, Self.flavor.value)])
        guard answer.header(Self.flavor.name) == Self.flavor.value else {
            throw ProviderError(.unauthenticated, during: Self.operation.rawValue)
        }
        return answer.body
    }
}
