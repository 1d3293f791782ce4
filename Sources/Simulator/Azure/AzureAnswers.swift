import Broker
import WireJSON

extension CloudAnswer {
    /// Makes an answer of the vault's.
    static func vault(_ json: JSONObject, status: Int = 200) -> CloudAnswer {
        var answer = CloudAnswer(status: status, contentType: "application/json; charset=utf-8", json: json)
        answer.headers.append(("x-ms-request-id", RandomText.uuid()))
        return answer
    }

    static func vault(_ fault: AzureFault) -> CloudAnswer {
        let error = JSONObject()
        error.set("code", fault.code)
        error.set("message", fault.message)
        if let innerCode = fault.innerCode {
            let inner = JSONObject()
            inner.set("code", innerCode)
            error.set("innererror", inner)
        }
        let json = JSONObject()
        json.set("error", error)
        return vault(json, status: fault.status)
    }

    static var purged: CloudAnswer {
        CloudAnswer(
            status: 204, headers: [("x-ms-request-id", RandomText.uuid())],
            body: CloudAnswer(status: 204, contentType: "", text: "").body)
    }

    /// Makes the vault's challenge to a request without a good token.
    /// - Parameters:
    ///   - authority: the address of Entra.
    ///   - message: `AKV10000: …`, as the vault writes it.
    static func challenge(authority: String, tenant: String, resource: String, message: String) -> CloudAnswer {
        var answer = vault(AzureFault(status: 401, code: "Unauthorized", message: message))
        answer.headers.append(
            ("WWW-Authenticate", "Bearer authorization=\"\(authority)/\(tenant)\", resource=\"\(resource)\""))
        return answer
    }

    /// Makes an answer of Entra or of the metadata service, with a token.
    static func token(_ token: IssuedToken, lifetime: Duration) -> CloudAnswer {
        let json = JSONObject()
        json.set("token_type", "Bearer")
        json.set("expires_in", lifetime.components.seconds)
        json.set("ext_expires_in", lifetime.components.seconds)
        json.set("access_token", token.text)
        return CloudAnswer(status: 200, contentType: "application/json; charset=utf-8", json: json)
    }

    static func managedIdentityToken(_ token: IssuedToken, lifetime: Duration, clientID: String) -> CloudAnswer {
        let json = JSONObject()
        json.set("access_token", token.text)
        json.set("client_id", clientID)
        json.set("expires_in", String(lifetime.components.seconds))
        json.set("expires_on", String(token.expires.milliseconds / 1000))
        json.set("not_before", String(token.expires.milliseconds / 1000 - lifetime.components.seconds))
        json.set("resource", token.audience)
        json.set("token_type", "Bearer")
        return CloudAnswer(status: 200, contentType: "application/json; charset=utf-8", json: json)
    }

    static func entra(_ fault: EntraFault) -> CloudAnswer {
        let json = JSONObject()
        json.set("error", fault.error)
        json.set("error_description", "AADSTS\(fault.number): \(fault.message)")
        json.set("trace_id", RandomText.uuid())
        // An array of numbers, which JSONObject cannot write.
        let text = String(json.text.dropLast()) + ",\"error_codes\":[\(fault.number)]}"
        return CloudAnswer(status: fault.status, contentType: "application/json; charset=utf-8", text: text)
    }
}
