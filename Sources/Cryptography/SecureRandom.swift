import COpenSSL

/// OpenSSL's generator, seeded by the kernel. Without randomness nothing that the broker makes would be safe, so a
/// generator that cannot be seeded ends the process.
package struct SecureRandom: RandomNumberGenerator {
    /// Gives the value a size: the thread sanitizer follows what is passed inout, and an empty value has no address.
    private let place: UInt8 = 0

    package init() {}

    package func next() -> UInt64 {
        var number: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &number) { unsafe fill($0) }
        return number
    }

    package func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe bytes.withUnsafeMutableBytes { unsafe fill($0) }
        return bytes
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard unsafe !buffer.isEmpty else { return }
        let start = unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress
        let isFilled = unsafe RAND_bytes(start, Int32(buffer.count)) == 1
        precondition(isFilled, "no randomness")
    }
}
