import Broker
import Transport

/// The identity of the virtual machine, or of a node of a cluster: its own, or one that was assigned to it. It comes
/// from the instance's metadata service, which is never reached through a proxy.
struct AzureManagedIdentity: AzureCredentialSource {
    let name = "the machine's managed identity"
    let tenant: String? = nil
    let clockLimit: Duration? = nil
    private let url: String
    private let clientID: String?
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp

    private static let operation = AzureOperation.managedIdentityToken.rawValue
    private static let deadline = Duration.seconds(3)
    /// While it is being updated, the service answers 410 for up to 70 seconds. A call waits for part of that, and the
    /// next one goes on.
    private static let pauseWhileUpdated = Duration.seconds(2)

    /// Nil, with a fault, if the environment is of another kind of machine or places the service where it cannot be.
    init?(_ cloud: AzureCloud, _ variables: AzureVariables, _ surroundings: Surroundings, faults: inout [String]) {
        let faultsBefore = faults.count
        variables.refuse(
            ["AZURE_USERNAME", "IDENTITY_ENDPOINT", "IMDS_ENDPOINT", "MSI_ENDPOINT"], faults: &faults)
        clientID = variables.identifier("AZURE_CLIENT_ID", faults: &faults)
        let host = variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254"
        let base = BaseURL(host) { LoopbackHost.isOne($0) || $0 == "169.254.169.254" }
        if base == nil {
            faults.append(
                "AZURE_POD_IDENTITY_AUTHORITY_HOST is not http:// and a loopback or link-local address, nor"
                    + " https://HOST: correct or unset it")
        }
        guard let base, faults.count == faultsBefore else { return nil }
        var query = FormBody()
        query.append("api-version", "2018-02-01")
        query.append("resource", cloud.resource)
        if let clientID { query.append("client_id", clientID) }
        url = "\(base.text)/metadata/identity/oauth2/token?" + query.query()
        http = surroundings.http
        now = surroundings.now
    }

    var identity: String? { clientID.map { "client \($0)" } }

    func token() async throws(ProviderError) -> BearerToken {
        let asked = now()
        let call = HTTPCall(
            "GET", url, headers: [HTTPHeader("Metadata", "true")], deadline: Self.deadline,
            maximumAnswerSize: 64 << 10)
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch {
            throw ProviderError(error, during: Self.operation)
        }
        switch answer.status {
        case 200:
            guard let token = BearerToken(oauth: answer.body, at: asked) else {
                throw ProviderError(.corrupt, during: Self.operation)
            }
            return token
        // 404: the identity was assigned a moment ago.
        case 404, 410:
            throw ProviderError(.unavailable, during: Self.operation, retryAfter: Self.pauseWhileUpdated)
        default: throw AzureSignInFailure(answer, at: now()).error(during: Self.operation)
        }
    }
}

extension FormBody {
    /// The query of fields that hold no secret.
    fileprivate consuming func query() -> String { finish().unwipedText }
}
