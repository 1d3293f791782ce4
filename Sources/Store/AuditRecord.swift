import Broker
import WireJSON

/// An audit event as the log keeps it: one JSON object, with W&B's audit field names where W&B has them. It is compact
/// UTF-8 with the keys in a fixed order, so that its hash can be recomputed. Unknown fields are left out.
package enum AuditRecord {
    /// - Parameter time: the time in RFC 3339.
    static func json(_ event: AuditEvent, seq: Int64, at time: String) -> String {
        var record = JSONLine()
        record.set("seq", seq)
        record.set("timestamp", time)
        record.set("action", event.action.rawValue)
        set(event.outcome, in: &record)
        record.set("actor_user_id", event.actor.tokenID)
        record.set("actor_name", event.actor.name)
        if let address = event.actor.address { record.set("actor_ip", address) }
        if let team = event.team { record.set("entity_name", team.text) }
        if let webhook = event.webhook { record.set("webhook", webhook.text) }
        if let destination = event.destination { record.set("destination", destination.text) }
        set(event.subject, in: &record)
        if let object = event.adoptedFrom { record.set("adopted_from", object.text) }
        record.set("request_id", event.actor.requestID)
        return String(decoding: record.finish(), as: UTF8.self)
    }

    /// The number in the log that the record itself names. Nil if it is no record.
    package static func seq(of json: String) -> Int64? {
        guard let document = try? unsafe JSONDocument(parsing: json.utf8.span.bytes) else { return nil }
        return document.root["seq"]?.integer.map(Int64.init)
    }

    /// When the record was written; nil if it is no record. As `json` has it: the second member, after a number.
    static func time(of json: String) -> Timestamp? {
        let parts = json.utf8.split(separator: UInt8(ascii: "\""), maxSplits: 6, omittingEmptySubsequences: false)
            .map(Substring.init)
        guard parts.count == 7, parts[1] == "seq", parts[3] == "timestamp" else { return nil }
        return Timestamp(rfc3339: String(parts[5]))
    }

    /// The event that a record describes. Nil if it is no record of this program.
    static func event(_ json: String) -> RecordedEvent? {
        guard let root = try? unsafe JSONDocument(parsing: json.utf8.span.bytes).root,
            let seq = root["seq"]?.integer, let at = root["timestamp"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let action = root["action"]?.string.flatMap(AuditEvent.Action.init(rawValue:)),
            let outcome = outcome(in: root), let subject = subject(of: action, in: root),
            let id = root["actor_user_id"]?.string,
            let name = root["actor_name"]?.string, let request = root["request_id"]?.string
        else { return nil }
        let actor = Principal(tokenID: id, name: name, address: root["actor_ip"]?.string, requestID: request)
        let team = root["entity_name"]?.string.flatMap(TeamName.init)
        let event = AuditEvent(
            action, outcome, by: actor, team: team, subject: subject,
            webhook: root["webhook"]?.string.flatMap(WebhookName.init),
            destination: root["destination"]?.string.map(WebhookURL.Authority.init(recorded:)),
            adoptedFrom: root["adopted_from"]?.string.map(Reference.init(recorded:)))
        return RecordedEvent(seq: Int64(seq), at: at, event: event)
    }

    private static func outcome(in record: JSONNode) -> AuditEvent.Outcome? {
        switch record["outcome"]?.string {
        case "attempted": .attempted
        case "done": record["response_code"]?.integer.map(AuditEvent.Outcome.answered) ?? .done
        case "failed": record["code"]?.string.map(AuditEvent.Outcome.failed)
        case "held": record["held_until"]?.string.flatMap(Timestamp.init(rfc3339:)).map(AuditEvent.Outcome.held)
        default: nil
        }
    }

    private static func subject(of action: AuditEvent.Action, in record: JSONNode) -> AuditEvent.Subject? {
        guard let name = record["subject"]?.string else {
            return record["secrets"].map { .secrets($0.elements.compactMap(secret)) } ?? .catalog
        }
        switch action {
        case .createToken, .revokeToken: return .token(id: name, madeToken(record))
        case .assignStore: return StoreName(name).map(AuditEvent.Subject.store)
        case .prune:
            guard name.hasPrefix(through), let seq = Int64(name.dropFirst(through.count)) else { return nil }
            return .records(through: seq)
        case .create, .rotate, .delete, .migrate, .purge, .adopt, .drift, .resolve, .readValues, .relay, .testWebhook,
            .createWebhook, .updateWebhook, .confirmWebhook, .deleteWebhook, .backUp:
            return nil
        }
    }

    /// Nil where the record does not say, as those of earlier versions do not.
    private static func madeToken(_ record: JSONNode) -> AuditEvent.MadeToken? {
        guard let name = record["token_name"]?.string,
            let role = record["token_role"]?.string.flatMap(Role.init(rawValue:))
        else { return nil }
        return AuditEvent.MadeToken(
            name: name, role: role, expires: record["expires_at"]?.string.flatMap(Timestamp.init(rfc3339:)),
            secrets: record["secrets"].map { $0.elements.compactMap(secret).map(\.name) })
    }

    private static func secret(_ record: JSONNode) -> AuditEvent.NamedSecret? {
        record["name"]?.string.flatMap(SecretName.init).map { name in
            .init(name: name, version: record["version"]?.string.map(VersionID.init(recorded:)))
        }
    }

    private static func set(_ outcome: AuditEvent.Outcome, in record: inout JSONLine) {
        switch outcome {
        case .attempted:
            record.set("outcome", "attempted")
        case .done:
            record.set("outcome", "done")
        case .answered(let status):
            record.set("outcome", "done")
            record.set("response_code", Int64(status))
        case .failed(let code):
            record.set("outcome", "failed")
            record.set("code", code)
        case .held(let date):
            record.set("outcome", "held")
            record.set("held_until", date.rfc3339)
        }
    }

    private static func set(_ subject: AuditEvent.Subject, in record: inout JSONLine) {
        switch subject {
        case .secrets(let secrets):
            record.set("secrets", count: secrets.count) { secret, index in
                secret.set("name", secrets[index].name.text)
                if let version = secrets[index].version { secret.set("version", version.text) }
            }
        case .token(let id, let made):
            record.set("subject", id)
            guard let made else { return }
            record.set("token_name", made.name)
            record.set("token_role", made.role.rawValue)
            if let expires = made.expires { record.set("expires_at", expires.rfc3339) }
            if let secrets = made.secrets {
                record.set("secrets", count: secrets.count) { secret, index in
                    secret.set("name", secrets[index].text)
                }
            }
        case .store(let name): record.set("subject", name.text)
        case .records(let seq): record.set("subject", through + String(seq))
        case .catalog: break
        }
    }

    private static let through = "through "
}
