import Broker
import WireJSON

extension CloudAnswer {
    init(status: Int, contentType: String, json: JSONObject) {
        self.init(status: status, contentType: contentType, text: "")
        json.write { body = Secret(copying: $0) }
    }

    /// Makes an answer of the JSON protocol.
    static func secretsManager(_ json: JSONObject, status: Int = 200) -> CloudAnswer {
        var answer = CloudAnswer(status: status, contentType: "application/x-amz-json-1.1", json: json)
        answer.headers.append(("x-amzn-RequestId", RandomText.uuid()))
        return answer
    }

    static func secretsManager(_ fault: AWSFault) -> CloudAnswer {
        let json = JSONObject()
        json.set("__type", fault.name.rawValue)
        json.set("Message", fault.message)
        return secretsManager(json, status: 400)
    }

    static func secretsManager(_ fault: AuthenticationFault) -> CloudAnswer {
        let json = JSONObject()
        json.set("__type", fault.type)
        json.set("message", fault.message)
        return secretsManager(json, status: 400)
    }
}

extension JSONObject {
    /// Sets text that came in as JSON text or was made as such, so that no request can make it fail.
    func set(_ key: String, _ secret: Secret) {
        do throws(JSONFault) {
            try secret.withBytes { bytes throws(JSONFault) in try set(key, text: bytes) }
        } catch {
            preconditionFailure("a stored text is no text")
        }
    }
}
