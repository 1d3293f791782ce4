package import Broker

/// The kinds of store that exist.
package enum Registry {
    package static let drivers: [any Driver.Type] = [
        AWSSecretsManager.self,
        GoogleSecretManager.self,
        AzureKeyVault.self,
        KubernetesSecrets.self,
    ]

    /// - Throws: every fault of the settings at once, including a scheme that no driver has.
    package static func open(
        _ uri: StoreURI, as name: StoreName, in surroundings: Surroundings
    ) throws(StoreSettingError) -> SecretStore {
        guard let driver = drivers.first(where: { $0.schemes.contains(uri.scheme) }) else {
            let schemes = drivers.compactMap { $0.schemes.first }.map { "\($0)://" }.joined(separator: ", ")
            throw StoreSettingError(
                name, faults: ["there is no provider for the store URI's scheme: begin it with one of \(schemes)"])
        }
        return try driver.open(uri, as: name, in: surroundings)
    }
}
