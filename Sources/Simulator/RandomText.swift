import Broker
import Cryptography

enum RandomText {
    private static let alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    static func alphanumeric(_ length: Int) -> String { of(length, alphanumeric) }

    static func of(_ length: Int, _ alphabet: String) -> String {
        let alphabet = Array(alphabet.utf8)
        var random = SecureRandom()
        return String(
            decoding: (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] },
            as: UTF8.self)
    }

    static func secret(_ length: Int) -> Secret {
        Secret(of(length, alphanumeric + "+/"))
    }

    /// Makes a version 4 UUID.
    static func uuid() -> String {
        var bytes = SecureRandom().bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
        return groups.map { Hex.encode(Array(bytes[$0])) }.joined(separator: "-")
    }
}
