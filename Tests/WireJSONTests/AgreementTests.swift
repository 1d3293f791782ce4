import Foundation
import Support
import Testing
import WireJSON

/// Random documents, with Foundation's JSON as the oracle.
@Suite struct AgreementTests {
    indirect enum Value {
        case object([(String, Value)])
        case array([Value])
        case string(String)
        case number(Double)
        case integer(Int)
        case boolean(Bool)
        case null

        init(depth: Int, using random: inout SeededRandom) {
            switch Int.random(in: depth > 0 ? 0...6 : 2...6, using: &random) {
            case 0:
                let count = Int.random(in: 0...6, using: &random)
                self = .object(
                    (0..<count).map { ("\($0)" + key(using: &random), Value(depth: depth - 1, using: &random)) })
            case 1:
                let count = Int.random(in: 0...6, using: &random)
                self = .array((0..<count).map { _ in Value(depth: depth - 1, using: &random) })
            case 2: self = .string(text(using: &random))
            case 3: self = .number(Double(bitPattern: random.next()).finite + 0.5)
            case 4: self = .integer(Int.random(in: -(1 << 53)...(1 << 53), using: &random))
            case 5: self = .boolean(Bool.random(using: &random))
            default: self = .null
            }
        }

        /// What Foundation writes from and reads into.
        var foundation: Any {
            switch self {
            case .object(let members):
                Dictionary(uniqueKeysWithValues: members.map { ($0.0, $0.1.foundation) })
            case .array(let elements): elements.map(\.foundation)
            case .string(let text): text
            case .number(let number): number
            case .integer(let integer): integer
            case .boolean(let boolean): boolean
            case .null: NSNull()
            }
        }

        func isSame(as node: JSONNode) -> Bool {
            switch self {
            case .object(let members):
                node.kind == .object && Set(node.keys) == Set(members.map(\.0))
                    && members.allSatisfy { key, value in node[key].map(value.isSame) ?? false }
            case .array(let elements):
                node.elements.count == elements.count
                    && zip(elements, node.elements).allSatisfy { $0.isSame(as: $1) }
            case .string(let text): node.string.map { $0.utf8.elementsEqual(text.utf8) } ?? false
            case .number(let number): node.number == number
            case .integer(let integer): node.integer == integer
            case .boolean(let boolean): node.boolean == boolean
            case .null: node.kind == .null
            }
        }
    }

    @Test("what Foundation writes is read alike")
    func reads() throws {
        var random = SeededRandom(seed: 8259)
        for _ in 0..<400 {
            let value = Value(depth: 5, using: &random)
            let bytes = [UInt8](
                try JSONSerialization.data(withJSONObject: value.foundation, options: .fragmentsAllowed))
            let root = try JSONDocument(parsing: unsafe bytes.span.bytes).root
            #expect(value.isSame(as: root), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("what is written Foundation reads alike")
    func writes() throws {
        var random = SeededRandom(seed: 7159)
        for _ in 0..<400 {
            var expected: [String: (Any) -> Bool] = [:]
            let object = JSONObject()
            for index in 0..<Int.random(in: 0...20, using: &random) {
                let key = "\(index)" + key(using: &random)
                let text = text(using: &random)
                switch index % 3 {
                case 0:
                    try object.set(key, text: unsafe text.utf8.span.bytes)
                    expected[key] = { $0 as? String == text }
                case 1:
                    object.set(key, [text, key])
                    expected[key] = { $0 as? [String] == [text, key] }
                default:
                    let number = Int64(bitPattern: random.next())
                    object.set(key, number)
                    expected[key] = { ($0 as? NSNumber)?.int64Value == number }
                }
            }
            let read = try JSONSerialization.jsonObject(with: Data(object.text.utf8)) as? [String: Any]
            #expect(read?.count == expected.count)
            #expect(expected.allSatisfy { key, isSame in read?[key].map(isSame) ?? false }, "\(object.text)")
        }
    }

    @Test("a damaged document is accepted only if Foundation accepts it, too")
    func damaged() throws {
        var random = SeededRandom(seed: 4627)
        var (accepted, certain) = (0, 0)
        for _ in 0..<5000 {
            let value = Value(depth: 2, using: &random)
            var bytes = [UInt8](
                try JSONSerialization.data(withJSONObject: value.foundation, options: .fragmentsAllowed))
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] = Array("\"\\{}[],:01.-eu \u{0}a\u{80}".utf8).randomElement(using: &random) ?? 0
            if unsafe JSONSyntax.isCertain(bytes.span.bytes) { certain += 1 }
            guard fault(of: bytes) == nil else {
                #expect(unsafe !JSONSyntax.isCertain(bytes.span.bytes), "\(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            accepted += 1
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(theirs != nil, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(accepted > 100)
        #expect(certain > 50)
    }
}

extension Double {
    fileprivate var finite: Double { isFinite && magnitude < 1e300 ? self : 0 }
}

private func text(using random: inout SeededRandom) -> String {
    let alphabet: [Unicode.Scalar] = [
        "a", "\"", "\\", "/", "\u{1}", "\n", "\u{7f}", "é", "\u{20ac}", "\u{1f600}", "\0",
    ]
    let count = Int.random(in: 0...12, using: &random)
    return String(String.UnicodeScalarView((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" }))
}

/// jansson takes no zero in a key.
private func key(using random: inout SeededRandom) -> String {
    text(using: &random).replacing("\0", with: "")
}
