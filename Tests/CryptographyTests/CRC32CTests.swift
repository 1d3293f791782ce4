import Cryptography
import Testing

@Suite("CRC32C")
struct CRC32CTests {
    /// RFC 3720, appendix B.4.
    @Test(
        "agrees with the RFC's examples",
        arguments: [
            (Array("123456789".utf8), 0xE306_9283), ([], 0), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(UInt8(0)..<32), 0x46DD_794E),
            (Array((UInt8(0)..<32).reversed()), 0x113F_DB5C),
        ] as [([UInt8], UInt32)])
    func examples(_ bytes: [UInt8], _ checksum: UInt32) {
        #expect(unsafe CRC32C.checksum(bytes.span.bytes) == checksum)
    }

    @Test("differs when any one bit does")
    func bits() {
        var bytes = SecureRandom().bytes(64)
        let checksum = unsafe CRC32C.checksum(bytes.span.bytes)
        for bit in 0..<512 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(unsafe CRC32C.checksum(bytes.span.bytes) != checksum)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }
}
