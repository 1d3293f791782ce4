import Broker
import Cryptography
import WireJSON

/// Messages to and from a cloud. They may hold a value, so they go through secret memory.
extension Secret {
    /// The parsed message; nil for anything but strict JSON.
    var json: JSONNode? {
        withBytes { (try? JSONDocument(parsing: $0))?.root }
    }

    /// Encodes nine bytes at a time: a `String` of twelve characters lies on the stack, so that no copy of the value
    /// stays in memory that is not wiped.
    init(encodingBase64 bytes: RawSpan) {
        let size = bytes.byteCount / 3 * 4 + 4
        var text = SecretBuffer(limit: size, capacity: size)
        for start in stride(from: 0, to: bytes.byteCount, by: 9) {
            try? text.append(Base64.encode(bytes.extracting(start..<min(start + 9, bytes.byteCount))))
        }
        self = text.finish()
    }

    /// Decodes Base64. Nil for anything but its canonical form.
    init?(decodingBase64 text: RawSpan) {
        var value: Secret?
        guard Base64.decode(text, into: { value = Secret(copying: $0) }), let value else { return nil }
        self = value
    }
}

extension JSONNode {
    /// The content of a string that may be a credential or a value.
    var secret: Secret? { withString { Secret(copying: $0) } }
}

extension JSONObject {
    /// The whole message.
    var secret: Secret {
        var secret: Secret?
        write { secret = Secret(copying: $0) }
        return secret ?? Secret("")
    }
}
