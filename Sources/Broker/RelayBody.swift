/// W&B's payload with the webhook's secrets put in. W&B has rendered its variables by then, so any leaf may hold text
/// that somebody planted: only the leaves that the webhook's pointers name are looked at, each for its one `${NAME}`,
/// and every other byte is copied unchanged.
struct RelayBody {
    private struct Leaf {
        /// The range between the quotes.
        let content: Range<Int>
        let before: [UInt8]
        let name: SecretName
        let after: [UInt8]
    }

    private let bytes: [UInt8]
    private let leaves: [Leaf]

    /// - Parameter bytes: a JSON text that a strict parser has accepted.
    /// - Throws: `payloadMismatch` with every pointer that leads to no leaf with exactly one `${NAME}`.
    init(_ bytes: [UInt8], _ secrets: [Webhook.PayloadSecret]) throws(BrokerError) {
        var leaves: [Leaf] = []
        var mismatches: [JSONPointer] = []
        let found = JSONLeaves(at: secrets.map(\.at), in: bytes)
        for secret in secrets {
            if let content = found[secret.at],
                let (before, after) = Self.split(JSONText.unescaped(bytes[content]), at: "${\(secret.name)}")
            {
                leaves.append(Leaf(content: content, before: before, name: secret.name, after: after))
            } else {
                mismatches.append(secret.at)
            }
        }
        guard mismatches.isEmpty else { throw .payloadMismatch(mismatches.sorted()) }
        self.bytes = bytes
        self.leaves = leaves.sorted { $0.content.lowerBound < $1.content.lowerBound }
    }

    /// What is before and after `placeholder` in `text`; nil unless it is there exactly once. Takes as long as the text
    /// is: a placeholder has its `$` at its beginning only, so that no two of its beginnings overlap.
    private static func split(_ text: [UInt8], at placeholder: String) -> (before: [UInt8], after: [UInt8])? {
        let wanted = Array(placeholder.utf8)
        var found: Int?
        for start in text.indices where text[start] == wanted[0] && text[start...].starts(with: wanted) {
            guard found == nil else { return nil }
            found = start
        }
        return found.map { (Array(text[..<$0]), Array(text[($0 + wanted.count)...])) }
    }

    func render(_ values: [SecretName: Secret]) throws(BrokerError) -> Secret {
        var buffer = SecretBuffer(limit: ResolveRequest.maximumOutput, capacity: bytes.count + 1024)
        do {
            var copied = 0
            for leaf in leaves {
                guard let value = values[leaf.name] else { throw BrokerError.unknownVariable([leaf.name.text]) }
                try unsafe buffer.append(bytes.span.extracting(copied..<leaf.content.lowerBound).bytes)
                try unsafe JSONText.appendEscaped(leaf.before.span.bytes, to: &buffer)
                try value.withBytes { text throws(SecretBuffer.Overflow) in
                    try JSONText.appendEscaped(text, to: &buffer)
                }
                try unsafe JSONText.appendEscaped(leaf.after.span.bytes, to: &buffer)
                copied = leaf.content.upperBound
            }
            try unsafe buffer.append(bytes.span.extracting(copied..<bytes.count).bytes)
        } catch let error as BrokerError {
            throw error
        } catch {
            throw .outputTooLarge
        }
        return buffer.finish()
    }
}
