package import Broker

extension AWSSecretsManager {
    /// An object by its name or its ARN, which is of this region, in any account in which the broker may read it.
    package func object(named text: String) -> ForeignObject? {
        let region = settings.secretsManager.region
        let prefix = "arn:\(region.partition.name):secretsmanager:\(region.name):"
        guard text.hasPrefix("arn:") else {
            return Self.isName(text[...]) ? ForeignObject(reference: Reference(recorded: text), name: text) : nil
        }
        let parts = text.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard text.hasPrefix(prefix), parts.count == 3, parts[0].utf8.count == 12,
            parts[0].utf8.allSatisfy(\.isDigit), parts[1] == "secret", Self.isName(parts[2])
        else { return nil }
        // AWS adds a hyphen and six characters to the name.
        return ForeignObject(reference: Reference(recorded: text), name: String(parts[2].dropLast(7)))
    }

    private static func isName(_ text: Substring) -> Bool {
        (1...512).contains(text.utf8.count) && text.utf8.allSatisfy(\.isSecretNameCharacter)
    }
}
