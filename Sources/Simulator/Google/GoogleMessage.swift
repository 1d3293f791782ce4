import Broker
import WireJSON

/// The fields of a request, as Google's JSON has them: unknown ones are refused, null ones count as absent.
struct GoogleMessage {
    private let root: JSONNode?

    init() {
        root = nil
    }

    init(_ body: Secret) throws(GoogleFault) {
        try self.init(body.withBytes { try? JSONDocument(parsing: $0).root })
    }

    private init(_ node: JSONNode?) throws(GoogleFault) {
        guard let node, node.kind == .object else {
            throw GoogleFault(.invalidArgument, "Invalid JSON payload received.")
        }
        root = node
    }

    func requireOnly(_ fields: Set<String>) throws(GoogleFault) {
        for key in root?.keys ?? [] where !fields.contains(key) {
            throw GoogleFault(
                .invalidArgument, "Invalid JSON payload received. Unknown name \"\(key)\": Cannot find field.")
        }
    }

    func has(_ field: String) -> Bool { present(field) != nil }

    func text(_ field: String) throws(GoogleFault) -> String? {
        guard let node = present(field) else { return nil }
        guard let text = node.string else { throw Self.wrongType(field) }
        return text
    }

    func secret(_ field: String) throws(GoogleFault) -> Secret? {
        guard let node = present(field) else { return nil }
        guard let secret = node.withString({ Secret(copying: $0) }) else { throw Self.wrongType(field) }
        return secret
    }

    /// Reads an int64, which may be written as text or as a number.
    func integer(_ field: String) throws(GoogleFault) -> Int? {
        guard let node = present(field) else { return nil }
        guard let integer = node.integer ?? node.string.flatMap({ Int($0) }) else { throw Self.wrongType(field) }
        return integer
    }

    func message(_ field: String) throws(GoogleFault) -> GoogleMessage? {
        guard let node = present(field) else { return nil }
        return try GoogleMessage(node)
    }

    func messages(_ field: String) throws(GoogleFault) -> [GoogleMessage] {
        guard let node = present(field) else { return [] }
        guard node.kind == .array else { throw Self.wrongType(field) }
        return try node.elements.map { element throws(GoogleFault) in try GoogleMessage(element) }
    }

    func texts(_ field: String) throws(GoogleFault) -> [String: String] {
        var texts: [String: String] = [:]
        for key in present(field)?.keys ?? [] { texts[key] = try message(field)?.text(key) }
        return texts
    }

    func integers(_ field: String) throws(GoogleFault) -> [String: Int] {
        var integers: [String: Int] = [:]
        for key in present(field)?.keys ?? [] { integers[key] = try message(field)?.integer(key) }
        return integers
    }

    private func present(_ field: String) -> JSONNode? {
        guard let node = root?[field], node.kind != .null else { return nil }
        return node
    }

    private static func wrongType(_ field: String) -> GoogleFault {
        GoogleFault(.invalidArgument, "Invalid value at '\(field)'.")
    }
}
