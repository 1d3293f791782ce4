import Broker
import Transport

/// An application registered in Entra, or an identity that trusts a cluster's tokens. It proves who it is to the token
/// endpoint of its tenant.
struct AzureApplication: AzureCredentialSource {
    enum Proof: Sendable {
        case secret(Secret)
        /// A PEM file with the certificate and its key.
        case certificate(path: String)
        /// A file that the cluster writes, and renews before its token expires.
        case federatedToken(path: String)
    }

    let proof: Proof
    let clientID: String
    let tenant: String?
    /// `https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`.
    let endpoint: String
    private let scope: String
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp

    private static let operation = AzureOperation.applicationToken.rawValue
    private static let deadline = Duration.seconds(5)

    /// Nil, with a fault for each, unless tenant, client and authority are good.
    init?(
        _ proof: Proof, _ cloud: AzureCloud, _ variables: AzureVariables, _ surroundings: Surroundings,
        faults: inout [String]
    ) {
        let faultsBefore = faults.count
        self.proof = proof
        variables.refuse(proof.unsupported, faults: &faults)
        if case .secret(let secret) = proof, !secret.isPrintableASCII {
            faults.append(
                "AZURE_CLIENT_SECRET is not one that Entra issues: copy the secret's value, without white space")
        }
        let tenant = variables.identifier("AZURE_TENANT_ID", neededBy: proof.variable, faults: &faults)
        let clientID = variables.identifier("AZURE_CLIENT_ID", neededBy: proof.variable, faults: &faults)
        guard let authority = Self.authority(cloud, variables, faults: &faults), let tenant, let clientID,
            faults.count == faultsBefore
        else { return nil }
        self.clientID = clientID
        self.tenant = tenant
        endpoint = "\(authority.text)/\(tenant)/oauth2/v2.0/token"
        scope = cloud.scope
        http = surroundings.http
        now = surroundings.now
    }

    /// The authority, which Azure's SDKs take with and without `https://`.
    private static func authority(
        _ cloud: AzureCloud, _ variables: AzureVariables, faults: inout [String]
    ) -> BaseURL? {
        let text = variables["AZURE_AUTHORITY_HOST"] ?? cloud.authority
        if let authority = BaseURL(text.contains("://") ? text : "https://\(text)") { return authority }
        faults.append(
            "AZURE_AUTHORITY_HOST is not https://HOST, nor http:// and a loopback address: correct or unset it")
        return nil
    }

    var name: String { proof.name }
    var identity: String? { "application \(clientID)" + (tenant.map { " of tenant \($0)" } ?? "") }

    var clockLimit: Duration? {
        switch proof {
        case .secret, .federatedToken: nil
        case .certificate: AzureClientAssertion.tolerance
        }
    }

    func token() async throws(ProviderError) -> BearerToken {
        let asked = now()
        let call = HTTPCall(
            "POST", endpoint, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
            body: try form(at: asked), deadline: Self.deadline, maximumAnswerSize: 64 << 10)
        let answer: HTTPAnswer
        do {
            answer = try await http.send(call)
        } catch {
            throw ProviderError(error, during: Self.operation)
        }
        guard answer.status == 200 else { throw AzureSignInFailure(answer, at: now()).error(during: Self.operation) }
        guard let token = BearerToken(oauth: answer.body, at: asked) else {
            throw ProviderError(.corrupt, during: Self.operation)
        }
        return token
    }

    private func form(at now: Timestamp) throws(ProviderError) -> Secret {
        var form = FormBody()
        form.append("grant_type", "client_credentials")
        form.append("client_id", clientID)
        form.append("scope", scope)
        switch proof {
        case .secret(let secret):
            form.append("client_secret", secret: secret)
        case .certificate(let path):
            guard let assertion = AzureClientAssertion(pem: try Self.read(path)) else { throw Self.uselessFile }
            form.append(assertion: assertion.token(for: clientID, at: endpoint, now: now))
        case .federatedToken(let path):
            let token = try Self.read(path).trimmed
            guard token.byteCount > 0, token.isPrintableASCII else { throw Self.uselessFile }
            form.append(assertion: token)
        }
        return form.finish()
    }

    private static func read(_ path: String) throws(ProviderError) -> Secret {
        do throws(SecretFile.Fault) {
            return try SecretFile.read(path, upTo: 64 << 10)
        } catch {
            throw uselessFile
        }
    }

    private static let uselessFile = ProviderError(.unauthenticated, during: AzureOperation.credentialFile.rawValue)
}

extension AzureApplication.Proof {
    var name: String {
        switch self {
        case .secret: "a client secret"
        case .certificate: "a client certificate"
        case .federatedToken: "workload identity"
        }
    }

    var variable: String {
        switch self {
        case .secret: "AZURE_CLIENT_SECRET"
        case .certificate: "AZURE_CLIENT_CERTIFICATE_PATH"
        case .federatedToken: "AZURE_FEDERATED_TOKEN_FILE"
        }
    }

    fileprivate var unsupported: [String] {
        switch self {
        case .secret: []
        case .certificate: ["AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"]
        case .federatedToken: ["AZURE_USERNAME", "AZURE_KUBERNETES_TOKEN_PROXY"]
        }
    }
}

extension FormBody {
    fileprivate mutating func append(assertion: Secret) {
        append("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        append("client_assertion", secret: assertion)
    }
}
