import Broker
import WireJSON

extension KeyVault {
    /// Deletes softly: once the vault is done, the secret can be recovered or purged.
    mutating func deleteSecret(_ call: VaultCall, _ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        let key = try Self.key(call.name)
        if let deleted = deleted[key], deleted.isBusy(at: context.now) { throw .beingDeleted(call.name) }
        if purging[key] != nil { throw .beingDeleted(call.name) }
        if recovering[key] != nil { throw .beingRecovered(call.name) }
        let secret = try present(call)
        secrets[key] = nil
        let removed = DeletedVaultSecret(
            secret: secret, deleted: context.now, settled: context.now.adding(busyTime),
            scheduledPurge: context.now.adding(retention))
        deleted[key] = removed
        return .vault(bundle(removed, context))
    }

    func getDeletedSecret(_ call: VaultCall, _ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        guard let found = deleted[try Self.key(call.name)], !found.isBusy(at: context.now) else {
            throw .deletedNotFound(call.name)
        }
        return .vault(bundle(found, context))
    }

    func getDeletedSecrets(_ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        let items = deleted.values.filter { !$0.isBusy(at: context.now) }.map { found in
            (found.secret.name, bundle(found, context))
        }
        return try page(items, of: "deletedsecrets", context)
    }

    /// Brings every version back.
    mutating func recoverDeletedSecret(
        _ call: VaultCall, _ context: VaultContext
    ) throws(AzureFault) -> CloudAnswer {
        let (key, found) = try settled(call, context)
        guard let latest = found.secret.versions.last else { throw .deletedNotFound(call.name) }
        deleted[key] = nil
        secrets[key] = found.secret
        recovering[key] = context.now.adding(busyTime)
        return .vault(bundle(latest, of: found.secret, context, withValue: false))
    }

    mutating func purgeDeletedSecret(_ call: VaultCall, _ context: VaultContext) throws(AzureFault) -> CloudAnswer {
        // The vault refuses before it looks for the object.
        if hasPurgeProtection { throw .purgeProtection }
        let (key, _) = try settled(call, context)
        deleted[key] = nil
        purging[key] = context.now.adding(busyTime)
        return .purged
    }

    private func settled(
        _ call: VaultCall, _ context: VaultContext
    ) throws(AzureFault) -> (key: String, found: DeletedVaultSecret) {
        let key = try Self.key(call.name)
        if purging[key] != nil { throw .beingDeleted(call.name) }
        guard let found = deleted[key] else { throw .deletedNotFound(call.name) }
        guard !found.isBusy(at: context.now) else { throw .beingDeleted(call.name) }
        return (key, found)
    }

    private func bundle(_ found: DeletedVaultSecret, _ context: VaultContext) -> JSONObject {
        let json =
            found.secret.versions.last.map { bundle($0, of: found.secret, context, withValue: false) } ?? JSONObject()
        json.set("recoveryId", "\(context.base)/deletedsecrets/\(found.secret.name)")
        json.set("deletedDate", found.deleted.milliseconds / 1000)
        json.set("scheduledPurgeDate", found.scheduledPurge.milliseconds / 1000)
        return json
    }
}
