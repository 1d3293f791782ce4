import Broker
import NIOCore

/// The fields of a posted form (`application/x-www-form-urlencoded`), decoded only when asked for, so that a value goes
/// from the body straight into secret memory.
struct Form {
    static let contentType = "application/x-www-form-urlencoded"
    /// The maximum number of fields: more than any form here has.
    private static let maximumFields = 16

    /// Of the room for bodies: taken for as long as the form is there.
    var share: BodyRoom.Share?
    private let body: ByteBuffer
    private let fields: [String: Range<Int>]

    /// - Parameter names: the fields that the form may have, each at most once.
    /// - Throws: `notTheForm`.
    init(_ body: ByteBuffer, only names: Set<String>) throws(APIError) {
        var fields: [String: Range<Int>] = [:]
        for pair in body.readableBytesView.split(separator: UInt8(ascii: "&")) {
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            let text = Self.decode(body, name.startIndex..<name.endIndex, upTo: 64)?.text
            let start = min(name.endIndex + 1, pair.endIndex)
            guard fields.count < Self.maximumFields, let text, names.contains(text),
                fields.updateValue(start..<pair.endIndex, forKey: text) == nil
            else { throw .notTheForm }
        }
        self.body = body
        self.fields = fields
    }

    /// A field that is no secret. Nil also if it is longer than `limit` bytes.
    func text(_ name: String, upTo limit: Int = 1024) -> String? {
        fields[name].flatMap { Self.decode(body, $0, upTo: limit)?.text }
    }

    /// A field whose text nobody may see.
    func secret(_ name: String) -> Secret? {
        fields[name].flatMap { Self.decode(body, $0, upTo: body.readableBytes) }
    }

    /// A value that was typed into a text area. Browsers send each line break as CR LF, however it was typed; the value
    /// gets LF. A value that needs CR LF goes through the command line or the API.
    func value(_ name: String) throws(APIError) -> Secret {
        guard let sent = secret(name) else { throw .notTheForm }
        var buffer = SecretBuffer(limit: sent.byteCount, capacity: sent.byteCount)
        sent.withBytes { bytes in
            for offset in 0..<bytes.byteCount {
                let isBreak = bytes.byte(at: offset) == 0x0D && offset + 1 < bytes.byteCount
                if isBreak, bytes.byte(at: offset + 1) == 0x0A { continue }
                try? buffer.append(bytes.byte(at: offset))
            }
        }
        let value = buffer.finish()
        guard value.isText else { throw .notTheForm }
        return value
    }

    /// Decodes by the URL standard: `+` is a space, and a `%` that begins no byte stands for itself.
    /// - Returns: nil if the result is longer than `limit`.
    private static func decode(_ body: ByteBuffer, _ range: Range<Int>, upTo limit: Int) -> Secret? {
        var buffer = SecretBuffer(limit: limit, capacity: range.count)
        let bytes = body.readableBytesView[range]
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%"), index + 1 < range.upperBound,
                let high = bytes[index].hexDigit, let low = bytes[index + 1].hexDigit
            {
                byte = high << 4 | low
                index += 2
            }
            do {
                try buffer.append(byte)
            } catch {
                return nil
            }
        }
        return buffer.finish()
    }
}

extension Secret {
    /// The bytes as text, for what turned out to be no secret: a field's name, a name, a proof, an answer without a
    /// value. Nil unless they are UTF-8.
    var text: String? { isText ? unwipedText : nil }
}

extension RawSpan {
    func byte(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
