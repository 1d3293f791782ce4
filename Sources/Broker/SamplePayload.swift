/// What a test of a webhook sends: W&B's variables with sample values, as W&B's own test fills them in, and each
/// payload secret's `${NAME}` where the webhook expects it.
enum SamplePayload {
    private indirect enum Node {
        case text(String)
        case object([String: Node])
    }

    private static let variables = [
        "alias": "dev", "artifact_collection_name": "sample-model",
        "artifact_version": "wandb-artifact://_id/QXJ0aWZhY3Q6MA==",
        "artifact_version_string": "sample/model-registry/sample-model:dev", "entity_name": "sample",
        "event_author": "secret-broker", "event_type": "ADD_ARTIFACT_ALIAS", "project_name": "model-registry",
    ]

    /// The payload as compact JSON with sorted keys, as W&B sends it.
    static func payload(for webhook: Webhook) -> [UInt8] {
        var root = Node.object(variables.mapValues(Node.text))
        // Longer pointers first: where one leads through another's leaf, its own leaf is left out, as in W&B's payload.
        for secret in webhook.payloadSecrets.sorted(by: { $0.at.keys.count > $1.at.keys.count }) {
            insert("${\(secret.name)}", at: secret.at.keys[...], into: &root)
        }
        return Array(text(root).utf8)
    }

    private static func insert(_ text: String, at keys: ArraySlice<String>, into node: inout Node) {
        guard let key = keys.first else { return node = .text(text) }
        var members: [String: Node] = [:]
        if case .object(let present) = node { members = present }
        var child = members[key] ?? .object([:])
        insert(text, at: keys.dropFirst(), into: &child)
        members[key] = child
        node = .object(members)
    }

    private static func text(_ node: Node) -> String {
        switch node {
        case .text(let text): return JSONText.quoted(text)
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }.map { JSONText.quoted($0.key) + ":" + text($0.value) }
            return "{" + parts.joined(separator: ",") + "}"
        }
    }
}

extension JSONText {
    /// Text that is no secret, as a JSON string.
    fileprivate static func quoted(_ text: String) -> String {
        var buffer = SecretBuffer(limit: text.utf8.count * 6)
        unsafe try? appendEscaped(text.utf8.span.bytes, to: &buffer)
        return "\"\(buffer.finish().unwipedText)\""
    }
}
