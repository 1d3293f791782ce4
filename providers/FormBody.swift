import Broker

/// A body of `application/x-www-form-urlencoded`, in secret memory, since credentials go through it.
struct FormBody: ~Copyable {
    /// The maximum size, in bytes. A token is at most 32 KiB, and each byte becomes at most three.
    private static let limit = 256 << 10

    private var buffer = SecretBuffer(limit: limit)

    /// - Parameter value: any text; all but RFC 3986's unreserved characters are encoded.
    mutating func append(_ name: String, _ value: String) {
        append(name, secret: Secret(value))
    }

    mutating func append(_ name: String, secret value: Secret) {
        try? buffer.append(buffer.byteCount == 0 ? "\(name)=" : "&\(name)=")
        value.withBytes { bytes in
            for offset in 0..<bytes.byteCount {
                appendEncoded(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
            }
        }
    }

    consuming func finish() -> Secret { buffer.finish() }

    private mutating func appendEncoded(_ byte: UInt8) {
        if byte.isUnreserved {
            try? buffer.append(byte)
        } else {
            try? buffer.append(UInt8(ascii: "%"))
            try? buffer.append(Self.digits[Int(byte >> 4)])
            try? buffer.append(Self.digits[Int(byte & 15)])
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
}

extension UInt8 {
    /// Whether the byte is unreserved in RFC 3986: it needs no percent-encoding anywhere in a URL.
    var isUnreserved: Bool {
        isLetterOrDigit || "-._~".utf8.contains(self)
    }
}
