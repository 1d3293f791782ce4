import Broker

/// What an operator sets for a store in Azure Key Vault: the store URI, and the variable that W&B Server reads.
struct AzureSettings: Sendable {
    static let keys = ["namespace", "vault_uri"]
    static let vaultVariable = "GORILLA_CUSTOMER_SECRET_STORE_AZ_CONFIG_VAULT_URI"
    /// The maximum length of a namespace, so that a reference has room for team, name and id.
    static let maximumNamespaceLength = 60

    /// The namespace in lower case: Key Vault ignores the case of names, while conditions in its grants do not.
    let namespace: String
    let vault: BaseURL
    let cloud: AzureCloud
    /// Whether the scheme is spelled as in W&B's documentation.
    let isSchemeMisspelt: Bool

    /// Nil, with a sentence for each fault, unless all settings are good.
    init?(_ uri: StoreURI, _ environment: [String: String], faults: inout [String]) {
        let faultsBefore = faults.count
        let parameters = StoreParameters(uri, known: Self.keys, faults: &faults)
        namespace = Self.namespace(uri, parameters, faults: &faults)
        isSchemeMisspelt = uri.scheme != AzureKeyVault.schemes.first
        guard let (vault, cloud) = Self.vault(parameters, environment, faults: &faults), faults.count == faultsBefore
        else { return nil }
        self.vault = vault
        self.cloud = cloud
    }

    private static func namespace(_ uri: StoreURI, _ parameters: StoreParameters, faults: inout [String]) -> String {
        let namespace = parameters.namespace(of: uri, faults: &faults)
        if namespace.utf8.count > maximumNamespaceLength || !namespace.utf8.allSatisfy(\.isObjectNameCharacter) {
            faults.append(
                "namespace is not up to \(maximumNamespaceLength) letters, digits and hyphens: shorten or correct it")
        }
        return namespace.lowercased()
    }

    private static func vault(
        _ parameters: StoreParameters, _ environment: [String: String], faults: inout [String]
    ) -> (BaseURL, AzureCloud)? {
        let candidates = [("vault_uri", parameters["vault_uri"]), (vaultVariable, environment[vaultVariable])]
        for case (let setting, let url?) in candidates where !url.isEmpty {
            if let vault = BaseURL(url), let cloud = AzureCloud(of: vault) { return (vault, cloud) }
            faults.append(
                "\(setting) is not the URI of a key vault: copy it from the vault's overview, like"
                    + " https://NAME.vault.azure.net")
            return nil
        }
        faults.append(
            "no vault is set: add vault_uri=https://NAME.vault.azure.net to the store URI, or set \(vaultVariable)")
        return nil
    }
}

/// A separate Azure, with names and sign-in hosts of its own.
struct AzureCloud: Sendable, Hashable {
    let vaultSuffix: String
    /// Where Entra issues tokens, unless AZURE_AUTHORITY_HOST says otherwise.
    let authority: String
    /// The resource that a token for Key Vault is for. A vault's challenge names it too.
    var resource: String { "https://\(vaultSuffix)" }
    var scope: String { "\(resource)/.default" }

    /// The hosts are those in azure-identity's `AzureAuthorityHosts` and in Key Vault's documentation.
    static let commercial = AzureCloud(
        vaultSuffix: "vault.azure.net", authority: "https://login.microsoftonline.com")
    static let china = AzureCloud(vaultSuffix: "vault.azure.cn", authority: "https://login.chinacloudapi.cn")
    static let government = AzureCloud(
        vaultSuffix: "vault.usgovcloudapi.net", authority: "https://login.microsoftonline.us")

    static let all = [commercial, china, government]

    private init(vaultSuffix: String, authority: String) {
        self.vaultSuffix = vaultSuffix
        self.authority = authority
    }

    /// The cloud whose vaults have such a host: one label before the suffix, and the default port. A vault on loopback
    /// counts as one of the commercial cloud. Nil for any other host, since tokens and values are sent to it.
    init?(of vault: BaseURL) {
        if LoopbackHost.isOne(vault.name) {
            self = .commercial
            return
        }
        let cloud = Self.all.first { cloud in
            let label = vault.host.dropLast(cloud.vaultSuffix.count + 1)
            return vault.host.hasSuffix(".\(cloud.vaultSuffix)") && (3...24).contains(label.utf8.count)
                && label.utf8.allSatisfy(\.isObjectNameCharacter)
        }
        guard let cloud else { return nil }
        self = cloud
    }
}

extension UInt8 {
    /// Whether the byte is one of `[0-9a-zA-Z-]`, Key Vault's rule for the names of objects.
    var isObjectNameCharacter: Bool {
        isLetterOrDigit || self == UInt8(ascii: "-")
    }
}
