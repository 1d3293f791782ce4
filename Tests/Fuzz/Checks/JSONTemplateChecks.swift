@testable import Broker

/// Input: a JSON text, and the value of all of its placeholders.
func checkJSONTemplate(_ input: inout FuzzInput) throws {
    let json = input.field()
    let value = Array(input.text().utf8)
    for place in [JSONTemplate.Place.payload, .headers] {
        // What is not JSON comes to no template, and yet must harm nothing.
        let template = try? JSONTemplate(json, in: json.indices, as: place)
        guard let tree = OracleJSON(json) else { continue }
        try require((template != nil) == mayBeTemplate(tree, place), "what is wrong is refused, and nothing else")
        guard let template else { continue }

        let values = Dictionary(uniqueKeysWithValues: Set(template.placeholders).map { ($0, value) })
        let output = render(template, value)
        let expected = tree.mapLeaves { _, leaf in
            OracleTemplate.rendered(OracleTemplate.parts(of: leaf) ?? [.text(leaf)], values)
        }
        if place == .headers, !values.isEmpty, value.contains(where: isLineBreakOrZero) {
            try require(output == nil, "no header gets a line break or a zero")
            continue
        }
        try require(output.flatMap(OracleJSON.init) == expected, "only the leaves with placeholders change")
        if !tree.strings.contains(where: { $0.bytes.holds("${") }) {
            try require(output == json, "without a placeholder nothing changes")
        }
        let around = Array("\"${".utf8) + json + Array("\\\"${B}".utf8)
        let within = try? JSONTemplate(around, in: 3..<3 + json.count, as: place)
        try require(within.flatMap { render($0, value) } == output, "nothing outside of the range matters")
    }
}

private func isLineBreakOrZero(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D || byte == 0 }

private func mayBeTemplate(_ tree: OracleJSON, _ place: JSONTemplate.Place) -> Bool {
    tree.strings.allSatisfy { isKey, bytes in
        (place != .headers || !bytes.contains(where: isLineBreakOrZero))
            && (isKey ? !bytes.holds("${") : OracleTemplate.parts(of: bytes) != nil)
    }
}

private func render(_ template: JSONTemplate, _ value: [UInt8]) -> [UInt8]? {
    var buffer = SecretBuffer(limit: 1 << 24, capacity: 1)
    guard (try? template.render(into: &buffer) { _ in .secret(Secret(of: value)) }) != nil else { return nil }
    return buffer.finish().bytes
}
