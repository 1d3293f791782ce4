/// The Castagnoli CRC of RFC 3720, which Google Secret Manager keeps beside each value.
package enum CRC32C {
    package static func checksum(_ bytes: RawSpan) -> UInt32 {
        var register = UInt32.max
        for offset in 0..<bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            register = register >> 8 ^ table[Int(UInt8(truncatingIfNeeded: register) ^ byte)]
        }
        return ~register
    }

    /// The effect of each byte on the register. The polynomial is 0x1EDC6F41, its bits in reverse.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { register, _ in register >> 1 ^ (register & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
}
