import COpenSSL

package enum SHA256 {
    /// The algorithm, looked up once: OpenSSL takes longer to find its own implementation than to hash a line.
    private static let algorithm = unsafe Algorithm(EVP_MD_fetch(nil, "SHA256", nil))

    /// The 32 bytes of the hash.
    package static func hash(_ bytes: RawSpan) -> [UInt8] {
        unsafe digest { output in
            unsafe bytes.withUnsafeBytes { input in
                unsafe EVP_Digest(input.baseAddress, input.count, output, nil, algorithm.pointer, nil) == 1
            }
        }
    }

    /// `@unchecked`: OpenSSL never changes an algorithm that was fetched, and lets threads share it.
    @safe private struct Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer?

        init(_ pointer: OpaquePointer?) {
            unsafe self.pointer = unsafe pointer
        }
    }
}

package enum HMACSHA256 {
    /// The 32 bytes of the authentication code.
    package static func authenticate(_ message: RawSpan, key: RawSpan) -> [UInt8] {
        unsafe digest { output in
            unsafe message.withUnsafeBytes { message in
                unsafe key.withUnsafeBytes { key in
                    // To OpenSSL a null key would mean "the one of the last call", so an empty key needs an address.
                    unsafe withUnsafeBytes(of: UInt8(0)) { none in
                        unsafe HMAC(
                            EVP_sha256(), key.baseAddress ?? none.baseAddress, Int32(key.count),
                            message.assumingMemoryBound(to: UInt8.self).baseAddress, message.count, output, nil) != nil
                    }
                }
            }
        }
    }
}

/// Runs one computation. OpenSSL fails here only when it cannot work at all: no memory, or a provider without SHA-256.
private func digest(_ compute: (UnsafeMutablePointer<UInt8>) -> Bool) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 32)
    let isDone = unsafe output.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return false }
        return unsafe compute(start)
    }
    precondition(isDone, "OpenSSL cannot compute SHA-256")
    return output
}
