import Broker
import Cryptography
import Transport

/// Checks a store in Kubernetes by using it: whether the API server is the one that the CA vouches for, who the broker
/// is there, whether a Secret made for the purpose can go through every step, and what else the broker and others may
/// do.
///
/// The clocks are not compared, since the API server trusts no date of this machine's.
struct KubernetesCheck: Sendable {
    private let driver: KubernetesSecrets
    private let findings: KubernetesFindings

    init(_ driver: KubernetesSecrets) {
        self.driver = driver
        findings = KubernetesFindings(driver.settings, server: driver.api.server)
    }

    private var namespace: String { driver.settings.kubernetesNamespace }

    func findings() async -> [Finding] {
        let warning = driver.settings.notRecommended
        let discouraged = Finding(.warning, code: warning.code, message: warning.message)
        let signIn = await signIn()
        // Without these, every other step fails in the same way.
        guard signIn.severity != .failure else { return [discouraged, signIn] }
        return [discouraged, signIn] + (await canary.findings()) + [await excess(), await others()]
    }

    private func signIn() async -> Finding {
        do {
            let body = try await driver.api.call(
                .selfReview, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                KubernetesReviewAnswer.whoAmI)
            let user = KubernetesReviewAnswer.userName(body) ?? "somebody whom the cluster does not name"
            return Finding(
                .good, code: "signed_in",
                message: "signed in to \(driver.api.server.text) as \(user), by \(driver.access.name)")
        } catch {
            return isOfTrust(error) ? findings.notTrusted : findings.finding(error, during: .selfReview)
        }
    }

    /// Whether TLS is what stands between. In TLS 1.3 a server refuses a client's certificate by ending the connection.
    private func isOfTrust(_ error: ProviderError) -> Bool {
        switch error.phase {
        case .trust, .tls: true
        case .answer: driver.access.transport.clientCertificate != nil
        case .nameLookup, .connection, .proxy, .timeout, nil: false
        }
    }

    private var canary: CanaryCheck {
        CanaryCheck(
            cloud: "Kubernetes", provider: driver, namespace: driver.settings.namespace,
            pinOfAbsent: { _ in Pin("00000000-0000-0000-0000-000000000000") },
            explain: { [findings] in findings.finding($0, during: KubernetesOperation($1)) })
    }

    /// The permissions that the broker never uses.
    private var unneeded: [(permission: KubernetesPermission, sentence: String)] {
        let changes = ["list", "watch", "update", "patch", "deletecollection"].map { verb in
            (KubernetesPermission(verb: verb, resource: "secrets", namespace: namespace), "\(verb) secrets")
        }
        return changes + [
            (KubernetesPermission(verb: "get", resource: "secrets", namespace: nil), "get secrets of every namespace"),
            (
                KubernetesPermission(verb: "list", resource: "secrets", namespace: nil),
                "list secrets of every namespace"
            ),
            (KubernetesPermission(verb: "create", resource: "pods", namespace: namespace), "create pods"),
            (KubernetesPermission(verb: "create", resource: "pods/exec", namespace: namespace), "exec into pods"),
        ]
    }

    /// A finding about permissions that the broker has and does not need. Every account may ask about itself, unless
    /// the cluster's administrator took that away.
    private func excess() async -> Finding {
        var held: [String] = []
        do throws(ProviderError) {
            for (permission, sentence) in unneeded {
                let isHeld = try await ask(.accessReview, "selfsubjectaccessreviews", permission.selfReview)
                if isHeld { held.append(sentence) }
            }
        } catch {
            return findings.unknown(error, .accessReview)
        }
        return findings.excess(held)
    }

    /// A finding about whether every pod of the namespace can, by default, read its Secrets. Nobody can be asked for a
    /// list of all who may.
    private func others() async -> Finding {
        let permission = KubernetesPermission(verb: "get", resource: "secrets", namespace: namespace)
        let review = permission.review(
            of: "system:serviceaccount:\(namespace):default",
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"])
        do throws(ProviderError) {
            let mayRead = try await ask(.othersReview, "namespaces/\(namespace)/localsubjectaccessreviews", review)
            return findings.others(mayRead: mayRead)
        } catch {
            return findings.unknown(error, .othersReview)
        }
    }

    private func ask(
        _ operation: KubernetesOperation, _ path: String, _ review: Secret
    ) async throws(ProviderError) -> Bool {
        let body = try await driver.api.call(operation, "POST", "/apis/authorization.k8s.io/v1/\(path)", review)
        guard let isAllowed = KubernetesReviewAnswer.isAllowed(body) else {
            throw ProviderError(.corrupt, during: operation.rawValue)
        }
        return isAllowed
    }
}

extension KubernetesOperation {
    fileprivate init(_ step: CanaryCheck.Step) {
        switch step {
        case .create: self = .createSecret
        case .read: self = .getSecret
        case .purge: self = .deleteSecret
        }
    }
}
