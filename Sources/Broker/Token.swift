/// A token as the catalog knows it, without the part that would let anybody use it.
package struct Token: Sendable {
    /// What the text of every token begins with.
    package static let prefix = "sbt_"

    /// Public: shown in lists, named to revoke it.
    package let id: String
    /// The actor's name in the audit log; a resolver's token bears the automation's name.
    package let name: String
    package let grant: Grant
    package let created: Timestamp
    /// Nil if the token does not expire.
    package let expires: Timestamp?
    /// The id of the token that minted this one; nil if the operator's shell did.
    package let mintedBy: String?

    package init(id: String, name: String, grant: Grant, created: Timestamp, expires: Timestamp?, mintedBy: String?) {
        self.id = id
        self.name = name
        self.grant = grant
        self.created = created
        self.expires = expires
        self.mintedBy = mintedBy
    }

    /// Who minted it, for people and in JSON: a token's id, or the operator.
    package var minter: String { mintedBy ?? Principal.operatorsName }
}

/// A token that somebody asks for.
package struct TokenRequest: Sendable {
    package let name: TokenName
    package let grant: Grant
    /// Nil if the token does not expire.
    package let expires: Timestamp?

    package init(name: TokenName, grant: Grant, expires: Timestamp?) {
        self.name = name
        self.grant = grant
        self.expires = expires
    }
}

/// The name of a token that is asked for. The log and the pages show it as the actor, so it does not look like another
/// one, and it lets nobody in.
package struct TokenName: Sendable {
    package let text: String

    /// - Throws: `invalidRequest`.
    package init(_ text: String) throws(BrokerError) {
        guard (1...128).contains(text.utf8.count), text.unicodeScalars.allSatisfy(\.isPrintable) else {
            throw .invalidRequest(
                "a token needs a name of 1 to 128 printable characters: it is the actor in the audit log")
        }
        let ends = [text.unicodeScalars.first, text.unicodeScalars.last]
        guard !ends.contains(where: { $0?.properties.isWhitespace ?? true }) else {
            throw .invalidRequest("a token's name neither begins nor ends with white space: it would look like another")
        }
        guard ![Principal.operatorsName, Principal.brokersName].contains(text.lowercased()) else {
            throw .invalidRequest("operator and broker are the log's own names: choose another name for the token")
        }
        guard !text.utf8.starts(with: Token.prefix.utf8) else {
            throw .invalidRequest(
                "a token's name does not begin with sbt_, as tokens do: name its holder, and revoke what was given")
        }
        self.text = text
    }
}
