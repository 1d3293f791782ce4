import Foundation

/// JSON trees at random, in a form that can be written in many spellings.
enum RandomJSON {
    indirect enum Tree {
        case object([(String, Tree)])
        case array([Tree])
        /// Pieces of text and names of placeholders.
        case text([Piece])
        case number(String)
        case literal(String)
    }

    enum Piece {
        case plain(String)
        case name(String)
    }

    static func tree(depth: Int, using random: inout some RandomNumberGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
        case 0: .number(["0", "-1", "1.10", "1E2", "3.5e-3", "12345678901234567890"].randomElement(using: &random)!)
        case 1: .literal(["true", "false", "null"].randomElement(using: &random)!)
        case 2, 3:
            .text(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    Bool.random(using: &random)
                        ? .plain(text(using: &random).replacingOccurrences(of: "$", with: "S"))
                        : .name(["A", "B_2"].randomElement(using: &random)!)
                })
        case 4: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in tree(depth: depth - 1, using: &random) })
        default:
            .object(
                (0..<Int.random(in: 0...4, using: &random)).map { index in
                    ("k\(index)\"{", tree(depth: depth - 1, using: &random))
                })
        }
    }

    static func text(using random: inout some RandomNumberGenerator) -> String {
        let alphabet = Array("ab \"\\\n\r\t{}[],:$/\u{1}\u{7f}é漢🙂${A}$${B_2}")
        return String((0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
    }

    static func written(_ tree: Tree, using random: inout some RandomNumberGenerator) -> String {
        var space: String { ["", " ", "\n\t"].randomElement(using: &random)! }
        switch tree {
        case .number(let text), .literal(let text): return space + text + space
        case .text(let pieces):
            return space
                + quoted(
                    pieces.map { if case .name(let name) = $0 { "${\(name)}" } else { plain($0) } }.joined(),
                    using: &random) + space
        case .array(let items):
            var parts: [String] = []
            for item in items { parts.append(written(item, using: &random)) }
            return space + "[" + parts.joined(separator: ",") + (parts.isEmpty ? space : "") + "]" + space
        case .object(let members):
            var parts: [String] = []
            for (key, value) in members {
                parts.append(space + quoted(key, using: &random) + space + ":" + written(value, using: &random))
            }
            return space + "{" + parts.joined(separator: ",") + "}" + space
        }
    }

    static func replaced(_ tree: Tree, _ values: [String: String]) -> Any {
        switch tree {
        case .number(let text), .literal(let text):
            (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) ?? NSNull()
        case .text(let pieces):
            pieces.map { if case .name(let name) = $0 { values[name]! } else { plain($0) } }.joined()
        case .array(let items): items.map { replaced($0, values) }
        case .object(let members):
            Dictionary(members.map { ($0.0, replaced($0.1, values)) }, uniquingKeysWith: { _, last in last })
        }
    }

    static func equal(_ left: Any, _ right: Any) -> Bool {
        switch (left, right) {
        case (let left as [String: Any], let right as [String: Any]):
            left.count == right.count && left.allSatisfy { key, value in right[key].map { equal(value, $0) } ?? false }
        case (let left as [Any], let right as [Any]):
            left.count == right.count && zip(left, right).allSatisfy { equal($0, $1) }
        case (let left as String, let right as String): left.unicodeScalars.elementsEqual(right.unicodeScalars)
        default: (left as? NSObject) == (right as? NSObject)
        }
    }

    private static func plain(_ piece: Piece) -> String {
        if case .plain(let text) = piece { text } else { "" }
    }

    /// Any character may be written as `\uXXXX`.
    private static func quoted(_ text: String, using random: inout some RandomNumberGenerator) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if mustEscape || Int.random(in: 0..<8, using: &random) == 0 {
                for unit in String(scalar).utf16 { quoted += String(format: "\\u%04x", Int(unit)) }
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
