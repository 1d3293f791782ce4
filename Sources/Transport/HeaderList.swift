import Broker
import CCurl
import Glibc

/// A request's headers as libcurl takes them: a list of C strings, which is wiped when the call is over.
enum HeaderList {
    /// - Throws: `invalidHeader` for what would end a line or the text.
    static func make(_ headers: [HTTPHeader]) throws(TransportError) -> UnsafeMutablePointer<curl_slist>? {
        // Otherwise libcurl would wait for a 100 before a long body, and name a content type of its own.
        var list = unsafe curl_slist_append(nil, "Expect:")
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            unsafe list = curl_slist_append(list, "Content-Type:")
        }
        for header in headers {
            do throws(TransportError) {
                let line = try line(header)
                unsafe list = line.withBytes { bytes in
                    unsafe bytes.withUnsafeBytes { text in
                        unsafe curl_slist_append(list, text.baseAddress?.assumingMemoryBound(to: CChar.self))
                    }
                }
            } catch {
                unsafe wipe(list)
                throw error
            }
        }
        return unsafe list
    }

    /// A line `Name: value` with the NUL after it; `Name;` stands for an empty value.
    private static func line(_ header: HTTPHeader) throws(TransportError) -> Secret {
        guard isValid(header) else { throw .invalidHeader }
        var line = SecretBuffer(limit: 64 << 10)
        do throws(SecretBuffer.Overflow) {
            try line.append(header.name)
            switch header.value {
            case .text(let text): try line.append(text.isEmpty ? ";" : ": \(text)")
            case .secret(let secret):
                try line.append(secret.byteCount == 0 ? ";" : ": ")
                try secret.withBytes { bytes throws(SecretBuffer.Overflow) in try line.append(bytes) }
            }
            try line.append(0)
        } catch {
            throw .invalidHeader
        }
        return line.finish()
    }

    private static func isValid(_ header: HTTPHeader) -> Bool {
        guard !header.name.isEmpty, header.name.utf8.allSatisfy(\.isTokenCharacter) else { return false }
        return switch header.value {
        case .text(let text): unsafe isValue(text.utf8.span.bytes)
        case .secret(let secret): secret.withBytes(isValue)
        }
    }

    private static func isValue(_ bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe !$0.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }
    }

    static func wipe(_ list: UnsafeMutablePointer<curl_slist>?) {
        var node = unsafe list
        while let current = unsafe node {
            if let text = unsafe current.pointee.data { unsafe explicit_bzero(text, strlen(text)) }
            unsafe node = current.pointee.next
        }
        unsafe curl_slist_free_all(list)
    }
}

extension Duration {
    /// The duration in milliseconds: at least 1, since libcurl takes 0 for "for ever", and at most a day.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(min(seconds, 86_400)) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
