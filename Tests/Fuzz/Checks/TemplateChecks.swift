@testable import Broker

/// Input: the template, and two values.
func checkTemplate(_ input: inout FuzzInput) throws {
    let text = input.field()
    let values = [input.text(), input.text()]
    let template = try? Template(text)
    let parts = OracleTemplate.parts(of: text)
    try require((template == nil) == (parts == nil), "a malformed template is refused, and no other")
    guard let template, let parts else { return }
    let names = OracleTemplate.names(parts)
    try require(Set(template.placeholders) == names, "the names are those of the placeholders")

    var replacements: [String: Replacement] = [:]
    var expected: [String: [UInt8]] = [:]
    for (index, name) in names.sorted().enumerated() {
        let value = values[index % 2]
        replacements[name] = index % 3 == 2 ? .variable(value) : .secret(Secret(of: value.utf8))
        expected[name] = Array(value.utf8)
    }
    let output = OracleTemplate.rendered(parts, expected)
    try require(render(template, replacements, .plain) == output, "values go in as they are, and are not parsed")
    if names.isEmpty, !text.holds("${") { try require(output == text, "without a name nothing changes") }

    let isBroken = output.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 }
    try require(render(template, replacements, .headerLine) == (isBroken ? nil : output), "a header is one line")
    if String(validating: output, as: UTF8.self) != nil {
        let json = render(template, replacements, .json).map { "\"".utf8 + $0 + "\"".utf8 }
        try require(OracleJSON(json ?? []) == .string(output), "escaped, it is one JSON string")
        try require((render(template, replacements, .header) == nil) == isBroken, "so is one in JSON")
    }
    if let name = names.min() {
        replacements[name] = nil
        try require(render(template, replacements, .plain) == nil, "a missing value is an error")
    }
    if !output.isEmpty {
        try require(
            render(template, replacements, .plain, limit: output.count - 1) == nil, "output is never cut to its limit")
    }
}

private func render(
    _ template: Template, _ values: [String: Replacement], _ escape: Template.Escape, limit: Int = 1 << 24
) -> [UInt8]? {
    var buffer = SecretBuffer(limit: limit, capacity: 1)
    guard (try? template.render(into: &buffer, escape: escape) { values[$0] }) != nil else { return nil }
    return buffer.finish().bytes
}
