#if FaultInjection
import Broker
import Cryptography
import WireJSON

struct GoogleFaultDialect: FaultDialect {
    let operation: GoogleCloudOperation

    func throttled() -> CloudAnswer {
        refusal(
            GoogleFault(
                .resourceExhausted, "Quota exceeded for quota metric 'Access requests' and limit 'per minute'.",
                reason: "RATE_LIMIT_EXCEEDED"))
    }

    func expiredCredentials() -> CloudAnswer { refusal(.invalidToken("ACCESS_TOKEN_EXPIRED")) }

    func accessDenied() -> CloudAnswer { refusal(.denied(operation.name, "a resource")) }

    func keyDisabled() -> CloudAnswer? {
        guard case .secretManager = operation else { return nil }
        let key = "projects/acme-project/locations/global/keyRings/broker/cryptoKeys/broker"
        return SecretManager.keyIsOff(key, "DISABLED").answer
    }

    /// Changes the number at the name's end, and the value, with a checksum that fits it.
    func replaced(_ answer: CloudAnswer) -> CloudAnswer {
        let root = answer.body.withBytes { try? JSONDocument(parsing: $0).root }
        guard answer.status == 200, let name = root?["name"]?.string else { return answer }
        let parts = name.split(separator: "/")
        let json = JSONObject()
        json.set("name", (parts.dropLast() + ["\((Int(parts.last ?? "") ?? 0) + 1)"]).joined(separator: "/"))
        if root?["clientSpecifiedPayloadChecksum"]?.boolean == true { json.set("clientSpecifiedPayloadChecksum", true) }
        if root?["payload"] != nil { json.set("payload", GooglePayload(RandomText.secret(32)).object) }
        return .google(json)
    }

    private func refusal(_ fault: GoogleFault) -> CloudAnswer {
        switch operation {
        case .secretManager, .generateAccessToken: fault.answer
        case .grantToken, .exchangeToken:
            OAuthFault(error: "temporarily_unavailable", description: "", status: fault.name.status).answer
        case .metadata: CloudAnswer(status: fault.name.status, contentType: "text/plain", text: "")
        }
    }
}
#endif
