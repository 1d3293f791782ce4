package import Broker

extension AzureKeyVault {
    /// An object by its name, or by its identifier without a version: `https://NAME.vault.azure.net/secrets/SECRET`.
    package func object(named text: String) -> ForeignObject? {
        let prefix = "\(settings.vault.text)/secrets/"
        let name = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        guard (1...127).contains(name.utf8.count), name.utf8.allSatisfy(\.isObjectNameCharacter) else { return nil }
        return ForeignObject(reference: Reference(recorded: name), name: name)
    }
}
