import Broker
import WireJSON

extension SecretsManager {
    /// Moves a stage, or removes it if no version is named to move it to.
    mutating func updateSecretVersionStage(
        _ parameters: SecretsManagerParameters, at now: Timestamp
    ) throws(AWSFault) -> JSONObject {
        let id = try parameters.secretID()
        let from = try parameters.text("RemoveFromVersionId", in: 32...64)
        let to = try parameters.text("MoveToVersionId", in: 32...64)
        guard let stage = try parameters.text("VersionStage", in: 1...256) else {
            throw AWSFault(.invalidParameter, "You must provide a VersionStage.")
        }
        var secret = try living(id, at: now)
        try Self.checkMove(of: stage, in: secret, from: from, to: to)
        secret.move(stage, to: to)
        secret.changed = now
        secrets[secret.name] = secret
        return identity(of: secret)
    }

    private static func checkMove(
        of stage: String, in secret: StoredSecret, from: String?, to: String?
    ) throws(AWSFault) {
        for id in [from, to].compactMap(\.self) where secret.version(id) == nil {
            throw .noValue(for: "VersionId: \(id)")
        }
        let holder = secret.version(at: stage)?.id
        if let holder, from != holder, to != holder {
            throw AWSFault(
                .invalidParameter,
                "The parameter RemoveFromVersionId can't be empty. Staging label \(stage) is currently attached to "
                    + "version \(holder), so you must explicitly reference that version in RemoveFromVersionId.")
        }
        if let from, from != holder {
            throw AWSFault(
                .invalidParameter, "Staging label \(stage) is not attached to version \(from).")
        }
        if stage == StoredSecret.current, to == nil {
            throw AWSFault(
                .invalidParameter,
                "You can only move staging label AWSCURRENT to a different secret version. It can't be completely "
                    + "removed.")
        }
    }
}
