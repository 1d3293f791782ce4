package import Broker

extension GoogleSecretManager {
    /// An object by its id, or by its resource name in this store's project and location: `projects/P/secrets/NAME`.
    package func object(named text: String) -> ForeignObject? {
        let prefix = "\(settings.parent)/secrets/"
        let name = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        let isName =
            (1...255).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                byte.isLetterOrDigit || "-_".utf8.contains(byte)
            }
        return isName ? ForeignObject(reference: Reference(recorded: name), name: name) : nil
    }
}
