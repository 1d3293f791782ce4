import Broker
import Transport

/// A way to get tokens for a vault.
protocol AzureCredentialSource: BearerTokenSource {
    /// The identity as it was configured, since a token is not the client's to read; nil if only the machine knows it.
    var identity: String? { get }
    /// The tenant as it was configured; nil for the machine's.
    var tenant: String? { get }
    /// The difference of the clocks from which no token is issued; nil if the clock does not matter.
    var clockLimit: Duration? { get }
}

/// Finds out who the broker signs in as. The order is that of azure-identity's DefaultAzureCredential on a server. The
/// first way that is configured decides, and a fault there does not fall through to another identity.
enum AzureCredentialChain {
    static func source(
        _ cloud: AzureCloud, _ surroundings: Surroundings, faults: inout [String]
    ) -> (any AzureCredentialSource)? {
        let variables = AzureVariables(surroundings.environment)
        let proof: AzureApplication.Proof
        if let secret = variables["AZURE_CLIENT_SECRET"] {
            proof = .secret(Secret(secret))
        } else if let path = variables["AZURE_CLIENT_CERTIFICATE_PATH"] {
            proof = .certificate(path: path)
        } else if let path = variables["AZURE_FEDERATED_TOKEN_FILE"] {
            proof = .federatedToken(path: path)
        } else {
            return AzureManagedIdentity(cloud, variables, surroundings, faults: &faults)
        }
        return AzureApplication(proof, cloud, variables, surroundings, faults: &faults)
    }
}

/// The variables of Azure's SDKs. One that is set to nothing counts as not set.
struct AzureVariables: Sendable {
    private let environment: [String: String]

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    subscript(_ variable: String) -> String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Refuses variables: a broker that ignored one would be somebody other than the operator intended, or not get far.
    func refuse(_ unsupported: [String], faults: inout [String]) {
        for variable in unsupported where self[variable] != nil {
            faults.append(
                "\(variable) is set, which this version does not sign in with: unset it, and sign in with a client"
                    + " secret, a certificate without a password, workload identity or the machine's identity")
        }
    }

    /// An id in Entra, or the domain of a tenant: it becomes part of a path.
    func identifier(_ variable: String, neededBy setting: String, faults: inout [String]) -> String? {
        guard let text = self[variable] else {
            faults.append("\(setting) is set without \(variable): set that too, or unset both")
            return nil
        }
        return checked(text, variable, faults: &faults)
    }

    func identifier(_ variable: String, faults: inout [String]) -> String? {
        self[variable].flatMap { checked($0, variable, faults: &faults) }
    }

    private func checked(_ text: String, _ variable: String, faults: inout [String]) -> String? {
        let isIdentifier =
            text.utf8.count <= 253 && !text.hasPrefix(".")
            && text.utf8.allSatisfy { $0.isObjectNameCharacter || $0 == UInt8(ascii: ".") }
        guard isIdentifier else {
            faults.append("\(variable) is not an id of Entra: look for white space or quotation marks around it")
            return nil
        }
        return text
    }
}
