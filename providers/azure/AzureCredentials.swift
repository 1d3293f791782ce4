import Broker
import Transport

/// One way to get tokens for a vault.
protocol AzureCredentialSource: BearerTokenSource {
    /// Who that is, as it was configured: a token is not the client's to read. Nil: that is for the machine to know.
    var identity: String? { get }
    /// As it was configured. Nil: that of the machine.
    var tenant: String? { get }
    /// From which difference of the clocks on no token is issued. Nil: the clock does not matter.
    var clockLimit: Duration? { get }
}

/// The order is that of azure-identity's DefaultAzureCredential on a server; the first way that is configured decides,
/// and a fault there does not fall through to another identity.
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

/// The variables of Azure's SDKs. One that is set to nothing is not set.
struct AzureVariables: Sendable {
    private let environment: [String: String]

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    subscript(_ variable: String) -> String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A broker that ignored one of these would be somebody else than the operator ordered, or not get far.
    func refuse(_ unsupported: [String], faults: inout [String]) {
        for variable in unsupported where self[variable] != nil {
            faults.append(
                "\(variable) is set, which this version does not sign in with: unset it, and sign in with a client"
                    + " secret, a certificate without a password, workload identity or the machine's identity")
        }
    }

    /// An id of Entra, or the domain of a tenant: it becomes part of a path.
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
