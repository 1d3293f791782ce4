import Broker

/// An input, taken apart field by field. A unit separator stands between fields, so that a file of the corpus is text.
struct FuzzInput {
    static let separator: UInt8 = 0x1F

    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Empty when no field is left.
    mutating func field() -> [UInt8] {
        let field = rest.prefix { $0 != Self.separator }
        rest = rest[field.endIndex...].dropFirst()
        return Array(field)
    }

    /// A field, with what is not UTF-8 replaced.
    mutating func text() -> String { String(decoding: field(), as: UTF8.self) }

    /// All that is left, whatever it is.
    mutating func all() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// All that is left, as numbers, over and over.
    mutating func choices() -> Choices { Choices(all()) }

    /// Decisions that the input makes.
    struct Choices {
        private let bytes: [UInt8]
        private var index = 0

        fileprivate init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func next(below bound: Int) -> Int {
            guard !bytes.isEmpty else { return 0 }
            defer { index += 1 }
            return Int(bytes[index % bytes.count]) % bound
        }

        mutating func next() -> Bool { next(below: 2) == 1 }
    }
}

extension Secret {
    /// In memory that ends where the bytes do, for the address sanitizer to watch.
    init(of bytes: some Collection<UInt8>) { self = unsafe Secret(copying: Array(bytes).span.bytes) }

    var bytes: [UInt8] { withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }
}

extension Collection<UInt8> {
    /// For the sentence of a violation.
    var shown: String { String(decoding: self, as: UTF8.self).debugDescription }

    func holds(_ text: String) -> Bool { !ranges(of: Array(text.utf8)).isEmpty }
}
