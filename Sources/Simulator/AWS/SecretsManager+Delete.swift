import Broker
import WireJSON

extension SecretsManager {
    /// Marks a secret for deletion or, with ForceDeleteWithoutRecovery, deletes it at once, which takes a moment.
    /// Forcing the deletion of a secret that does not exist succeeds.
    mutating func deleteSecret(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let id = try parameters.secretID()
        let days = try parameters.integer("RecoveryWindowInDays")
        let isForced = try parameters.boolean("ForceDeleteWithoutRecovery")
        try Self.checkWindow(days, isForced: isForced)
        guard let secret = find(id) else {
            guard isForced, !id.hasPrefix("arn:") else { throw .absent }
            return deleted(id, arn: newARN(of: id), at: now)
        }
        if isForced {
            if secret.deletion?.isForced != true {
                mark(secret.name, .init(done: now.adding(forcedDeletionTime), isForced: true))
            }
            return deleted(secret.name, arn: secret.arn, at: now)
        }
        guard secret.deletion == nil else {
            throw AWSFault(
                .invalidRequest,
                "You tried to perform the operation on a secret that's currently marked deleted.")
        }
        let done = now.adding(.seconds(86_400 * (days ?? 30)))
        mark(secret.name, .init(done: done, isForced: false))
        return deleted(secret.name, arn: secret.arn, at: done)
    }

    /// Brings the old value back.
    mutating func restoreSecret(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let secret = try visible(try parameters.secretID(), at: now)
        if secret.deletion?.isForced == true { throw .deleted }
        secrets[secret.name]?.deletion = nil
        return identity(of: secret)
    }

    private func deleted(_ name: String, arn: String, at date: Timestamp) -> JSONObject {
        let answer = JSONObject()
        answer.set("ARN", arn)
        answer.set("Name", name)
        answer.set("DeletionDate", date.epochSeconds)
        return answer
    }

    private static func checkWindow(_ days: Int?, isForced: Bool) throws(AWSFault) {
        guard let days else { return }
        guard (7...30).contains(days) else {
            throw AWSFault(
                .invalidParameter, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
        }
        guard !isForced else {
            throw AWSFault(
                .invalidParameter,
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        }
    }
}
