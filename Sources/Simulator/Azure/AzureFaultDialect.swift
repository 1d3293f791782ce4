#if FaultInjection
import Broker
import WireJSON

struct AzureFaultDialect: FaultDialect {
    let operation: AzureOperation

    func throttled() -> CloudAnswer {
        switch operation {
        case .vault: .vault(AzureFault(status: 429, code: "Throttled", message: "Request was not processed."))
        case .token, .openIDConfiguration, .managedIdentityToken:
            CloudAnswer(status: 429, contentType: "application/json", text: "{\"error\":\"temporarily_unavailable\"}")
        }
    }

    func expiredCredentials() -> CloudAnswer {
        switch operation {
        case .vault:
            .challenge(
                authority: "https://login.microsoftonline.com", tenant: SimulatedAzureSettings().tenant,
                resource: SimulatedAzureSettings.keyVault, message: "AKV10001: Token is expired.")
        case .token, .openIDConfiguration, .managedIdentityToken:
            .entra(
                EntraFault(
                    status: 401, error: "invalid_client", number: 7_000_222,
                    message: "The provided client secret keys are expired."))
        }
    }

    func accessDenied() -> CloudAnswer {
        switch operation {
        case .vault(let call): .vault(.denied("someone", call.operation.permission))
        case .token, .openIDConfiguration, .managedIdentityToken: expiredCredentials()
        }
    }

    /// Nil: secrets are never under a key of the operator's own.
    func keyDisabled() -> CloudAnswer? { nil }

    /// Keeps every text but the version in the id, and the value.
    func replaced(_ answer: CloudAnswer) -> CloudAnswer {
        let root = answer.body.withBytes { try? JSONDocument(parsing: $0).root }
        guard answer.status == 200, let root else { return answer }
        let json = JSONObject()
        for key in root.keys {
            switch key {
            case "id": json.set(key, (root[key]?.string ?? "").dropLast(32) + VaultVersion.newID())
            case "value": json.set(key, RandomText.secret(32))
            default: if let text = root[key]?.string { json.set(key, text) }
            }
        }
        return .vault(json)
    }
}
#endif
