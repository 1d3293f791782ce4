extension String {
    /// Names that begin with their only capital.
    private static let names: Set<Substring> = ["Azure", "Entra", "Google", "Kubernetes"]

    /// Whether it is as operators are told things: in lower case, unless it begins with a name that is written
    /// otherwise, and without a full stop.
    package var isClause: Bool {
        guard let first else { return false }
        let word = prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        let isName = Self.names.contains(word) || word.dropFirst().contains(where: \.isUppercase)
        return !first.isWhitespace && (isName || !first.isUppercase) && !hasSuffix(".") && !contains(". ")
    }
}
