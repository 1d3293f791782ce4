import Broker
import WireJSON

/// A permission, as the API is asked about it: `list` on `secrets` in one namespace, or in all.
struct KubernetesPermission: Sendable, Hashable {
    let verb: String
    /// The plural of the kind, with a subresource after a slash.
    let resource: String
    /// The namespace; nil for every one.
    let namespace: String?

    private var attributes: JSONObject {
        let attributes = JSONObject()
        let parts = resource.split(separator: "/", maxSplits: 1)
        attributes.set("verb", verb)
        attributes.set("group", "")
        attributes.set("resource", String(parts[0]))
        if parts.count > 1 { attributes.set("subresource", String(parts[1])) }
        if let namespace { attributes.set("namespace", namespace) }
        return attributes
    }

    /// Asks whether the caller has it.
    var selfReview: Secret { review("SelfSubjectAccessReview", JSONObject()) }

    /// Asks whether somebody else has it, in the permission's namespace.
    func review(of user: String, groups: [String]) -> Secret {
        let spec = JSONObject()
        spec.set("user", user)
        spec.set("groups", groups)
        return review("LocalSubjectAccessReview", spec)
    }

    private func review(_ kind: String, _ spec: JSONObject) -> Secret {
        let review = JSONObject()
        review.set("apiVersion", "authorization.k8s.io/v1")
        review.set("kind", kind)
        if kind == "LocalSubjectAccessReview", let namespace {
            let metadata = JSONObject()
            metadata.set("namespace", namespace)
            review.set("metadata", metadata)
        }
        spec.set("resourceAttributes", attributes)
        review.set("spec", spec)
        return review.secret
    }
}

/// The answer to a review. Nil for one that the API does not document.
enum KubernetesReviewAnswer {
    static func isAllowed(_ body: Secret) -> Bool? { body.json?["status"]?["allowed"]?.boolean }

    /// The user's name, such as `system:serviceaccount:NAMESPACE:NAME`. Nil also for one that must not be printed.
    static func userName(_ body: Secret) -> String? {
        body.json?["status"]?["userInfo"]?["username"]?.string.flatMap { name in
            (1...253).contains(name.utf8.count) && name.utf8.allSatisfy(\.isVisible) ? name : nil
        }
    }

    static let whoAmI = Secret(#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#)
}
