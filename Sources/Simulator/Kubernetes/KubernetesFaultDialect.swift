#if FaultInjection
import Broker
import WireJSON

struct KubernetesFaultDialect: FaultDialect {
    func throttled() -> CloudAnswer { .kubernetes(.throttled) }

    func expiredCredentials() -> CloudAnswer { .kubernetes(.unauthorized) }

    func accessDenied() -> CloudAnswer {
        .kubernetes(.forbidden(.anonymous, "get", "secrets", in: "wandb"))
    }

    /// Nil: the cluster's own encryption at rest is not visible through its API.
    func keyDisabled() -> CloudAnswer? { nil }

    /// Keeps everything but the uid and the values.
    func replaced(_ answer: CloudAnswer) -> CloudAnswer {
        let root = answer.body.withBytes { try? JSONDocument(parsing: $0).root }
        guard (200..<300).contains(answer.status), let root, root["kind"]?.string == "Secret",
            let name = root["metadata"]?["name"]?.string, let namespace = root["metadata"]?["namespace"]?.string
        else { return answer }
        let data = (root["data"]?.keys ?? []).map { ($0, RandomText.secret(32)) }
        return .kubernetes(
            SecretObject(
                namespace: namespace, name: name, uid: RandomText.uuid(), created: Timestamp(milliseconds: 0),
                labels: [:], annotations: [:], type: "Opaque", isImmutable: true,
                data: Dictionary(data, uniquingKeysWith: { $1 })
            ).json, status: answer.status)
    }
}
#endif
