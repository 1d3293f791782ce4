import Broker
import Cryptography
import WireJSON

/// The members of a request, checked against the API model as far as types and lengths go. Unknown members are ignored,
/// as in the JSON protocol.
struct SecretsManagerParameters {
    private let root: JSONNode

    init(_ root: JSONNode) throws(AWSFault) {
        guard root.kind == .object else {
            throw AWSFault(.serialization, "Start of structure or map found where not expected.")
        }
        self.root = root
    }

    func text(_ member: String, in lengths: ClosedRange<Int>) throws(AWSFault) -> String? {
        guard let node = present(member) else { return nil }
        guard let text = node.string else { throw Self.wrongType }
        let length = text.unicodeScalars.count
        if length < lengths.lowerBound { throw .tooShort(Self.wire(member), limit: lengths.lowerBound) }
        if length > lengths.upperBound { throw .tooLong(Self.wire(member), limit: lengths.upperBound) }
        return text
    }

    func integer(_ member: String) throws(AWSFault) -> Int? {
        guard let node = present(member) else { return nil }
        guard let integer = node.integer else { throw Self.wrongType }
        return integer
    }

    func boolean(_ member: String) throws(AWSFault) -> Bool {
        guard let node = present(member) else { return false }
        guard let boolean = node.boolean else { throw Self.wrongType }
        return boolean
    }

    func texts(_ member: String) throws(AWSFault) -> [String]? {
        guard let node = present(member) else { return nil }
        guard node.kind == .array else { throw Self.wrongType }
        return try node.elements.map { element throws(AWSFault) in
            guard let text = element.string else { throw Self.wrongType }
            return text
        }
    }

    /// A list of structures, such as Tags and Filters.
    func structures(_ member: String) throws(AWSFault) -> [SecretsManagerParameters] {
        guard let node = present(member) else { return [] }
        guard node.kind == .array else { throw Self.wrongType }
        return try node.elements.map { element throws(AWSFault) in try SecretsManagerParameters(element) }
    }

    /// The required name or ARN, of 1 to 2048 characters.
    func secretID() throws(AWSFault) -> String {
        guard let id = try text("SecretId", in: 1...2048) else {
            throw AWSFault(
                .validation,
                "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not "
                    + "be null")
        }
        return id
    }

    /// The request's token. AWS's own clients fill it in; a raw caller that leaves it out is refused.
    func clientRequestToken() throws(AWSFault) -> String {
        guard let token = try text("ClientRequestToken", in: 0...Int.max) else { throw .tokenMissing }
        guard (32...64).contains(token.utf8.count) else {
            throw AWSFault(.invalidParameter, "ClientRequestToken must be 32-64 characters long.")
        }
        return token
    }

    /// The value from SecretString or SecretBinary: 1 to 65,536 bytes, never both.
    func payload() throws(AWSFault) -> SecretPayload? {
        let text = try present("SecretString").map { node throws(AWSFault) in try Self.secret(node) }
        let binary = try present("SecretBinary").map { node throws(AWSFault) in try Self.secret(node) }
        switch (text, binary) {
        case (nil, nil):
            return nil
        case (let text?, nil):
            try Self.checkSize(text.byteCount, of: "secretString")
            return .text(text)
        case (nil, let base64?):
            var size = 0
            let isBase64 = base64.withBytes { Base64.decode($0) { size = $0.byteCount } }
            guard isBase64 else { throw Self.wrongType }
            try Self.checkSize(size, of: "secretBinary")
            return .binary(base64: base64)
        case (_?, _?):
            throw AWSFault(
                .invalidParameter,
                "You can't specify both a binary secret value and a string secret value in the same secret.")
        }
    }

    private func present(_ member: String) -> JSONNode? {
        guard let node = root[member], node.kind != .null else { return nil }
        return node
    }

    private static let wrongType = AWSFault(.serialization, "A member of the request is not of the type of its shape.")

    private static func secret(_ node: JSONNode) throws(AWSFault) -> Secret {
        guard let secret = node.withString({ Secret(copying: $0) }) else { throw wrongType }
        return secret
    }

    private static func checkSize(_ size: Int, of member: String) throws(AWSFault) {
        if size < 1 { throw .tooShort(member, limit: 1) }
        if size > 65_536 { throw .tooLong(member, limit: 65_536) }
    }

    /// The name of a member as faults write it, with a small first letter.
    private static func wire(_ member: String) -> String {
        member.prefix(1).lowercased() + member.dropFirst()
    }
}
