/// An error that the vault answers. Its text is the vault's own, as far as that is public.
struct AzureFault: Error, Sendable {
    let status: Int
    let code: String
    var innerCode: String?
    let message: String
}

extension AzureFault {
    static func badParameter(_ message: String) -> AzureFault {
        AzureFault(status: 400, code: "BadParameter", message: message)
    }

    static func notFound(_ name: String) -> AzureFault {
        AzureFault(
            status: 404, code: "SecretNotFound",
            message: "A secret with (name/id) \(name) was not found in this key vault.")
    }

    static func deletedNotFound(_ name: String) -> AzureFault {
        AzureFault(status: 404, code: "SecretNotFound", message: "Deleted Secret not found: \(name)")
    }

    static func denied(_ clientID: String, _ permission: String) -> AzureFault {
        AzureFault(
            status: 403, code: "Forbidden", innerCode: "AccessDenied",
            message: "The user, group or application 'appid=\(clientID)' does not have secrets \(permission) permission"
                + " on key vault 'simulated'.")
    }

    static let disabled = AzureFault(
        status: 403, code: "Forbidden", innerCode: "SecretDisabled",
        message: "Operation get is not allowed on a disabled secret.")
    static let purgeProtection = AzureFault(
        status: 403, code: "Forbidden",
        message: "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault"
            + " service will automatically purge it after the retention period has passed.")

    static func softlyDeleted(_ name: String) -> AzureFault {
        conflict(
            "ObjectIsDeletedButRecoverable",
            "Secret \(name) is currently in a deleted but recoverable state, and its name cannot be reused; in this"
                + " state, the secret can only be recovered or purged.")
    }

    static func beingDeleted(_ name: String) -> AzureFault {
        conflict("ObjectIsBeingDeleted", "Secret \(name) is currently being deleted.")
    }

    static func beingRecovered(_ name: String) -> AzureFault {
        conflict("ObjectIsBeingRecovered", "Secret \(name) is currently being recovered.")
    }

    private static func conflict(_ innerCode: String, _ message: String) -> AzureFault {
        AzureFault(status: 409, code: "Conflict", innerCode: innerCode, message: message)
    }
}
