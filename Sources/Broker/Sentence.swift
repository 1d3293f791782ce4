extension String {
    /// A message as prose: with a capital letter, unless it begins with a name such as a host's, and with a full stop.
    package var asSentence: String {
        let isWord = prefix { $0 != " " }.allSatisfy { $0.isLowercase || $0 == "'" }
        return (isWord ? prefix(1).uppercased() + dropFirst() : self) + (hasSuffix(".") ? "" : ".")
    }
}
