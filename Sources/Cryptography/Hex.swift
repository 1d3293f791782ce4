package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The 16 lower-case digits of the number.
    package static func encode(_ number: UInt64) -> String {
        unsafe String(unsafeUninitializedCapacity: 16) { text in
            for index in 0..<16 { unsafe text[index] = digits[Int(number >> (60 - 4 * index) & 15)] }
            return 16
        }
    }

    /// Two lower-case digits for each byte.
    package static func encode(_ bytes: [UInt8]) -> String {
        unsafe String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                unsafe text[index * 2] = digits[Int(byte >> 4)]
                unsafe text[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }
}
