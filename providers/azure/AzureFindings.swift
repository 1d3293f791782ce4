import Broker

/// The sentences of `check`: what failed, and what to do about it.
struct AzureFindings: Sendable {
    private let settings: AzureSettings
    private let authorities: String?

    /// - Parameter authorities: the file of the CAs that are believed.
    init(_ settings: AzureSettings, authorities: String?) {
        self.settings = settings
        self.authorities = authorities
    }

    func finding(_ error: ProviderError, during operation: AzureOperation) -> Finding {
        Finding(.failure, code: code(error, operation), message: sentence(error, operation))
    }

    func finding(signInFailure error: ProviderError) -> Finding {
        let what = error.identifiers()
        let sentence =
            switch AzureOperation(rawValue: error.operation) {
            case .credentialFile:
                "the file that AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE names cannot be read, or"
                    + " does not hold what it should: a PEM certificate with its RSA key and no password, or a token"
            case .managedIdentityToken:
                "the machine's metadata service gives no token (\(what)): assign a managed identity to the machine,"
                    + " name it by AZURE_CLIENT_ID if there are several, or set another way to sign in"
            case .applicationToken where error.isTransient:
                error.sentence(
                    noAnswerOf: "Entra",
                    way: "at \(settings.cloud.authority) or AZURE_AUTHORITY_HOST, directly or"
                        + " through HTTPS_PROXY", authorities: authorities)
                    ?? "Entra answers that it cannot now (\(what)): try again"
            case .applicationToken, .setSecret, .getSecret, .deleteSecret, .purgeDeletedSecret, .getDeletedSecret, nil:
                "Entra issues no token (\(what)): correct AZURE_TENANT_ID, AZURE_CLIENT_ID and the secret, certificate or"
                    + " federated credential of the application; if the clock is off, correct it"
            }
        return Finding(.failure, code: "not_signed_in", message: sentence)
    }

    func finding(of challenge: AzureChallenge?, tenant: String?) -> Finding {
        guard let challenge, challenge.isOf(settings.cloud) else {
            return Finding(
                .failure, code: "not_a_vault",
                message: "\(settings.vault.host) does not ask for tokens for \(settings.cloud.resource) as a key vault"
                    + " of this cloud does: see what the name resolves to; no token was sent to it")
        }
        if let wanted = challenge.tenant, let tenant, AzureTenant.isID(tenant), wanted != tenant.lowercased() {
            return Finding(
                .failure, code: "wrong_tenant",
                message: "the vault belongs to tenant \(wanted), and the broker signs in to another: set"
                    + " AZURE_TENANT_ID to it, and register the application there")
        }
        return Finding(.good, code: "vault", message: "\(settings.vault.host) is a key vault of this cloud")
    }

    func finding(_ hold: AzureDeletion.Hold) -> Finding {
        switch hold {
        case .purgeProtection:
            Finding(
                .warning, code: "purge_protection_delays_purge",
                message: "the vault has purge protection, so a rotated or deleted value stays in it for the vault's"
                    + " retention time, in which whoever may recover secrets can bring it back")
        case .missingPermission:
            Finding(
                .warning, code: "purge_denied",
                message: "the vault deletes for the broker, but does not let it purge, so a rotated or deleted value"
                    + " stays for the vault's retention time: grant \(grant(.purgeDeletedSecret))")
        }
    }

    private func code(_ error: ProviderError, _ operation: AzureOperation) -> String {
        let isOfNetwork = error.kind == .denied && [Self.firewall, Self.noPublicAccess].contains(error.vendorCode)
        return isOfNetwork ? "firewall" : error.findingCode(verb(operation))
    }

    private func sentence(_ error: ProviderError, _ operation: AzureOperation) -> String {
        let what = error.identifiers()
        return switch error.kind {
        case .denied where error.vendorCode == Self.firewall:
            "the vault's firewall refuses the broker (\(what)): allow its network or address, or give it a private"
                + " endpoint"
        case .denied where error.vendorCode == Self.noPublicAccess:
            "the vault has no public access, and the broker does not come by a private endpoint (\(what)): give its"
                + " network one, or switch public access on and allow that network"
        case .denied:
            "the vault denies \(operation.rawValue) (\(what)): grant \(grant(operation)) on it"
        case .unauthenticated:
            "the vault does not take the broker's token (\(what)): see that AZURE_TENANT_ID is the vault's tenant"
        case .limitExceeded:
            "a limit of the vault is reached (\(what)): see the limits of Key Vault"
        case .throttled:
            "the vault throttles the broker (\(what)): try again, and see what else uses this vault"
        case .unavailable, .overloaded, .busy:
            error.sentence(
                noAnswerOf: settings.vault.host, way: "directly, through HTTPS_PROXY or by a private endpoint",
                authorities: authorities)
                ?? "\(settings.vault.host) answers that it cannot now (\(what)): try again, and see Azure's status"
        case .absent, .disabled, .conflict, .corrupt, .rejected, .keyDenied, .keyDisabled, .notConfigured:
            "the \(operation.rawValue) of a secret made for this check failed (\(what)): see whether the vault's Azure"
                + " Policy forbids it, and whether the host is Azure's"
        }
    }

    private static let firewall = "ForbiddenByFirewall"
    private static let noPublicAccess = "ForbiddenByConnection"

    /// The permission in the words of an access policy and of a role.
    private func grant(_ operation: AzureOperation) -> String {
        switch operation {
        case .setSecret: "Set (Microsoft.KeyVault/vaults/secrets/setSecret/action)"
        case .getSecret: "Get (Microsoft.KeyVault/vaults/secrets/getSecret/action)"
        case .getDeletedSecret: "Get (Microsoft.KeyVault/vaults/secrets/readMetadata/action)"
        case .deleteSecret: "Delete (Microsoft.KeyVault/vaults/secrets/delete)"
        case .purgeDeletedSecret: "Purge (Microsoft.KeyVault/vaults/secrets/purge/action)"
        case .applicationToken, .managedIdentityToken, .credentialFile: "a sign-in"
        }
    }

    private func verb(_ operation: AzureOperation) -> String {
        switch operation {
        case .setSecret: "create"
        case .getSecret: "read"
        case .deleteSecret, .purgeDeletedSecret, .getDeletedSecret: "purge"
        case .applicationToken, .managedIdentityToken, .credentialFile: "sign_in"
        }
    }
}
