import Broker
import WireJSON

/// A failure as `meta/v1` words it: a Status, whose reason clients go by.
struct KubernetesFault: Error, Sendable {
    let status: Int
    let reason: String
    let message: String
    /// The object it is about: the plural of a kind, and a name.
    var subject: (kind: String, name: String)?
    var cause: String?

    init(_ status: Int, _ reason: String, _ message: String, about subject: (String, String)? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.subject = subject.map { (kind: $0.0, name: $0.1) }
    }
}

extension KubernetesFault {
    static let noPath = KubernetesFault(404, "NotFound", "the server could not find the requested resource")
    static let noMethod = KubernetesFault(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    static let noMediaType = KubernetesFault(
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json")
    static let unauthorized = KubernetesFault(401, "Unauthorized", "Unauthorized")
    static let throttled = KubernetesFault(
        429, "TooManyRequests", "the server has received too many requests and has asked us to try again later")

    static func forbidden(_ user: KubernetesUser, _ verb: String, _ resource: String, in namespace: String?)
        -> KubernetesFault
    {
        let place = namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        return KubernetesFault(
            403, "Forbidden",
            "\(resource) is forbidden: User \"\(user.name)\" cannot \(verb) resource \"\(resource)\" in API group \"\" "
                + place, about: (resource, ""))
    }

    static func absent(_ name: String, _ kind: String = "secrets") -> KubernetesFault {
        KubernetesFault(404, "NotFound", "\(kind) \"\(name)\" not found", about: (kind, name))
    }

    static func exists(_ name: String) -> KubernetesFault {
        KubernetesFault(409, "AlreadyExists", "secrets \"\(name)\" already exists", about: ("secrets", name))
    }

    static func modified(_ name: String) -> KubernetesFault {
        KubernetesFault(
            409, "Conflict",
            "Operation cannot be fulfilled on secrets \"\(name)\": the object has been modified; please apply your "
                + "changes to the latest version and try again", about: ("secrets", name))
    }

    static func precondition(_ name: String) -> KubernetesFault {
        KubernetesFault(
            409, "Conflict",
            "Operation cannot be fulfilled on Secret \"\(name)\": Precondition failed: UID or resource version differ",
            about: ("secrets", name))
    }

    static func invalid(_ name: String, _ why: String) -> KubernetesFault {
        KubernetesFault(422, "Invalid", "Secret \"\(name)\" is invalid: \(why)", about: ("Secret", name))
    }

    static func malformed(_ why: String) -> KubernetesFault { KubernetesFault(400, "BadRequest", why) }

    static func terminating(_ name: String, _ namespace: String) -> KubernetesFault {
        var fault = KubernetesFault(
            403, "Forbidden",
            "secrets \"\(name)\" is forbidden: unable to create new content in namespace \(namespace) because it is "
                + "being terminated", about: ("secrets", name))
        fault.cause = "NamespaceTerminating"
        return fault
    }

    static func overQuota(_ name: String, _ limit: Int) -> KubernetesFault {
        KubernetesFault(
            403, "Forbidden",
            "secrets \"\(name)\" is forbidden: exceeded quota: secrets, requested: secrets=1, used: secrets=\(limit), "
                + "limited: secrets=\(limit)", about: ("secrets", name))
    }

    static let refusedByWebhook = KubernetesFault(
        403, "Forbidden", "admission webhook \"secrets.policy.example\" denied the request: no Secrets here")
}

extension CloudAnswer {
    static func kubernetes(_ json: JSONObject, status: Int = 200) -> CloudAnswer {
        var answer = CloudAnswer(status: status, contentType: "application/json", json: json)
        answer.headers.append(("Audit-Id", RandomText.uuid()))
        answer.headers.append(("Cache-Control", "no-cache, private"))
        return answer
    }

    static func kubernetes(_ fault: KubernetesFault) -> CloudAnswer {
        let status = JSONObject()
        status.set("kind", "Status")
        status.set("apiVersion", "v1")
        status.set("metadata", JSONObject())
        status.set("status", "Failure")
        status.set("message", fault.message)
        status.set("reason", fault.reason)
        let details = JSONObject()
        if let subject = fault.subject {
            if !subject.name.isEmpty { details.set("name", subject.name) }
            details.set("kind", subject.kind)
        }
        if let cause = fault.cause {
            let json = JSONObject()
            json.set("reason", cause)
            details.set("causes", [json])
        }
        status.set("details", details)
        status.set("code", Int64(fault.status))
        return kubernetes(status, status: fault.status)
    }
}
