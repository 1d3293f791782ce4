#if FaultInjection
import Broker
import WireJSON

struct AWSFaultDialect: FaultDialect {
    let operation: AWSOperation

    func throttled() -> CloudAnswer {
        switch operation {
        case .secretsManager: .secretsManager(AWSFault(.throttling, "Rate exceeded"))
        case .securityToken:
            .securityToken(SecurityTokenFault(code: "Throttling", message: "Rate exceeded", status: 400))
        case .metadata: CloudAnswer(status: 429, contentType: "text/plain", text: "")
        }
    }

    func expiredCredentials() -> CloudAnswer { refusal(.expiredToken) }

    func accessDenied() -> CloudAnswer {
        refusal(.accessDenied("User is not authorized to perform: \(operation.name) with an explicit deny"))
    }

    func keyDisabled() -> CloudAnswer? {
        switch operation {
        case .secretsManager(.createSecret): .secretsManager(KMSKeys.encryptionFailure)
        case .secretsManager: .secretsManager(KMSKeys.decryptionFailure)
        case .securityToken, .metadata: nil
        }
    }

    /// Keeps every text but VersionId and SecretString.
    func replaced(_ answer: CloudAnswer) -> CloudAnswer {
        let root = answer.body.withBytes { try? JSONDocument(parsing: $0).root }
        guard answer.status == 200, let root else { return answer }
        let json = JSONObject()
        for key in root.keys {
            switch key {
            case "VersionId": json.set(key, RandomText.uuid())
            case "SecretString": json.set(key, RandomText.secret(32))
            default: if let text = root[key]?.string { json.set(key, text) }
            }
        }
        return .secretsManager(json)
    }

    private func refusal(_ fault: AuthenticationFault) -> CloudAnswer {
        switch operation {
        case .secretsManager: .secretsManager(fault)
        case .securityToken: .securityToken(SecurityTokenFault(fault))
        case .metadata: CloudAnswer(status: 401, contentType: "text/plain", text: "")
        }
    }
}
#endif
