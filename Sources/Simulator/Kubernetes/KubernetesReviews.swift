import Broker
import WireJSON

/// The reviews: who somebody is, and what they may do. None of them is stored.
struct KubernetesReviews: Sendable {
    let control: KubernetesAccessControl
    let caller: KubernetesUser

    func answer(
        _ kind: KubernetesOperation.ReviewKind, _ body: Secret, in namespace: String?
    ) throws(KubernetesFault) -> JSONObject {
        guard let root = body.withBytes({ try? JSONDocument(parsing: $0).root }),
            (root["kind"]?.string ?? kind.rawValue) == kind.rawValue
        else { throw .malformed("the object provided is unrecognized (must be of type \(kind.rawValue))") }
        let spec = root["spec"]
        let status: JSONObject
        switch kind {
        case .selfSubject: status = identity
        case .selfAccess: status = try access(of: caller, spec)
        case .localAccess:
            guard spec?["resourceAttributes"]?["namespace"]?.string == namespace else {
                throw .invalid("", "spec.resourceAttributes.namespace: Invalid value: must match metadata.namespace")
            }
            status = try access(
                of: KubernetesUser(
                    name: spec?["user"]?.string ?? "", groups: spec?["groups"]?.elements.compactMap(\.string) ?? []),
                spec)
        case .selfRules: status = rules(in: spec?["namespace"]?.string ?? "")
        }
        let answer = JSONObject()
        answer.set("kind", kind.rawValue)
        answer.set("apiVersion", "\(kind.group)/v1")
        answer.set("metadata", JSONObject())
        answer.set("spec", JSONObject())
        answer.set("status", status)
        return answer
    }

    private var identity: JSONObject {
        let user = JSONObject()
        user.set("username", caller.name)
        user.set("groups", caller.groups)
        let status = JSONObject()
        status.set("userInfo", user)
        return status
    }

    private func access(of user: KubernetesUser, _ spec: JSONNode?) throws(KubernetesFault) -> JSONObject {
        guard let attributes = spec?["resourceAttributes"], let verb = attributes["verb"]?.string,
            let resource = attributes["resource"]?.string
        else {
            throw .invalid(
                "",
                "spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or "
                    + "resourceAttributes must be specified")
        }
        let subresource = attributes["subresource"]?.string ?? ""
        let namespace = attributes["namespace"]?.string ?? ""
        let status = JSONObject()
        status.set(
            "allowed",
            control.allows(
                user, verb, subresource.isEmpty ? resource : "\(resource)/\(subresource)",
                in: namespace.isEmpty ? nil : namespace))
        return status
    }

    private func rules(in namespace: String) -> JSONObject {
        let status = JSONObject()
        let rules = control.rules(for: caller).filter { $0.namespace == nil || $0.namespace == namespace }
        status.set(
            "resourceRules",
            rules.map { rule in
                let json = JSONObject()
                json.set("verbs", rule.verbs.sorted())
                json.set("apiGroups", [""])
                json.set("resources", rule.resources.sorted())
                return json
            })
        status.set("nonResourceRules", [JSONObject]())
        status.set("incomplete", false)
        return status
    }
}
