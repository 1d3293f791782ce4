import Broker

/// The fields of a form (`application/x-www-form-urlencoded`), as the query protocol sends them. One may be a token, so
/// all are kept as secrets.
struct ReceivedForm: Sendable {
    private let fields: [String: Secret]

    init(_ body: Secret) {
        fields = body.withBytes { bytes in
            var fields: [String: Secret] = [:]
            var start = 0
            for end in 0...bytes.byteCount where end == bytes.byteCount || bytes[end] == UInt8(ascii: "&") {
                if let equals = (start..<end).first(where: { bytes[$0] == UInt8(ascii: "=") }) {
                    fields[Self.decoded(bytes, start..<equals).unwipedText] = Self.decoded(bytes, equals + 1..<end)
                }
                start = end + 1
            }
            return fields
        }
    }

    func secret(_ name: String) -> Secret? { fields[name] }

    /// The text of a field that holds no secret.
    func text(_ name: String) -> String? { fields[name]?.unwipedText }

    private static func decoded(_ bytes: RawSpan, _ range: Range<Int>) -> Secret {
        // Decoding only shortens, so the limit holds.
        var decoded = SecretBuffer(limit: range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "%"):
                let digits = (offset..<min(offset + 2, range.upperBound)).map { bytes[$0] }
                offset += digits.count
                try? decoded.append(UInt8(String(decoding: digits, as: UTF8.self), radix: 16) ?? byte)
            case UInt8(ascii: "+"):
                try? decoded.append(UInt8(ascii: " "))
            default:
                try? decoded.append(byte)
            }
        }
        return decoded.finish()
    }
}

extension RawSpan {
    fileprivate subscript(offset: Int) -> UInt8 {
        precondition((0..<byteCount).contains(offset))
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
