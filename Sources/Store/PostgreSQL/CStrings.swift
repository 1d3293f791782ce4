/// Strings in C's form, in one block of memory.
struct CStrings {
    private var bytes: [CChar] = []
    private var starts: [Int?] = []

    init(_ strings: [String?]) {
        for string in strings {
            starts.append(string.map { _ in bytes.count })
            if let string { bytes += string.utf8.map(CChar.init(bitPattern:)) + [0] }
        }
    }

    func withPointers<Value>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value) -> Value {
        unsafe bytes.withUnsafeBufferPointer { block in
            unsafe starts.map { start in
                unsafe start.flatMap { start in unsafe block.baseAddress.map { unsafe $0 + start } }
            }
            .withUnsafeBufferPointer { unsafe body($0.baseAddress) }
        }
    }
}
