package import Broker

/// The simulated cluster's state at the start.
package struct SimulatedKubernetesSettings: Sendable {
    package var namespaces: Set<String> = ["default", "wandb"]
    /// The namespaces that are being deleted: nothing new can be made in them.
    package var terminatingNamespaces: Set<String> = []
    /// The service account that the simulator writes a token for.
    package var account = KubernetesUser.serviceAccount("secret-broker", in: "wandb")
    /// The lifetime of tokens; nil if they do not expire.
    package var tokenLifetime: Duration?
    /// Who may do what. Members of `system:masters` may do everything, anonymous callers nothing.
    package var bindings: [KubernetesBinding]
    /// Whether those who are signed in may ask about themselves.
    package var allowsSelfReviews = true
    /// The maximum number of Secrets in a namespace; nil for any number.
    package var quota: Int?
    /// Whether an admission webhook refuses every new Secret.
    package var refusesByWebhook = false
    /// A finalizer that something puts on every new Secret.
    package var finalizer: String?
    /// Whether it serves https with an authority of its own, or plain http.
    package var usesTLS = true
    package var clock: @Sendable () -> Timestamp

    /// Grants the account what the broker's driver needs.
    package init(clock: (@Sendable () -> Timestamp)? = nil) {
        self.clock = clock ?? { .systemTime() }
        bindings = [KubernetesBinding(account.name, verbs: ["create", "delete", "get"], on: ["secrets"], in: "wandb")]
    }
}

/// Somebody who is signed in.
package struct KubernetesUser: Sendable, Hashable {
    package let name: String
    package let groups: [String]

    package init(name: String, groups: [String]) {
        self.name = name
        self.groups = groups
    }

    package static func serviceAccount(_ name: String, in namespace: String) -> KubernetesUser {
        KubernetesUser(
            name: "system:serviceaccount:\(namespace):\(name)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"])
    }

    static let anonymous = KubernetesUser(name: "system:anonymous", groups: ["system:unauthenticated"])
}

/// A Role, or a ClusterRole, bound to a user or a group.
package struct KubernetesBinding: Sendable {
    let subject: String
    let verbs: Set<String>
    let resources: Set<String>
    /// The namespace; nil for all.
    let namespace: String?

    /// - Parameter namespace: nil for every one.
    package init(_ subject: String, verbs: Set<String>, on resources: Set<String>, in namespace: String?) {
        self.subject = subject
        self.verbs = verbs
        self.resources = resources
        self.namespace = namespace
    }

    func allows(_ verb: String, _ resource: String, in namespace: String?) -> Bool {
        (verbs.contains(verb) || verbs.contains("*")) && (resources.contains(resource) || resources.contains("*"))
            && (self.namespace == nil || self.namespace == namespace)
    }
}

/// Role-based access control.
struct KubernetesAccessControl: Sendable {
    let bindings: [KubernetesBinding]

    func rules(for user: KubernetesUser) -> [KubernetesBinding] {
        bindings.filter { $0.subject == user.name || user.groups.contains($0.subject) }
    }

    /// - Parameter namespace: nil for all of them.
    func allows(_ user: KubernetesUser, _ verb: String, _ resource: String, in namespace: String?) -> Bool {
        user.groups.contains("system:masters")
            || rules(for: user).contains { $0.allows(verb, resource, in: namespace) }
    }
}
