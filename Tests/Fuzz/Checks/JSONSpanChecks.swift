@testable import Broker

/// Input: a JSON text.
func checkJSONSpans(_ input: inout FuzzInput) throws {
    let json = input.all()
    var strings = JSONStrings(json, in: json.indices)
    var items: [JSONStrings.Item] = []
    while let item = strings.next() { items.append(item) }
    // What is not JSON has spans of no meaning, and yet none outside of the text.
    let members = JSONMembers.find(in: json)
    try require(
        (items.map(\.content) + members.map(\.value)).allSatisfy { $0.clamped(to: json.indices) == $0 },
        "no span is outside of the text")
    guard let tree = OracleJSON(json) else { return }

    let found = items.map { ($0.isKey, JSONText.unescaped(json[$0.content])) }
    try require(found.elementsEqual(tree.strings, by: ==), "all strings are found, and known as keys or leaves")
    try compare(tree, at: json.indices, of: json, by: [])
}

private func compare(_ tree: OracleJSON, at range: Range<Int>, of json: [UInt8], by keys: [String]) throws {
    try require(OracleJSON(json[range]) == tree, "a span holds one value, the member's")
    let found = JSONMembers.find(in: json, range)
    if case .object(let members) = tree {
        try require(found.map(\.key) == members.map(\.key), "all members are found, in order")
        for (span, member) in zip(found, members) {
            let key = String(decoding: member.key, as: UTF8.self)
            try compare(member.value, at: span.value, of: json, by: keys + [key])
        }
    } else {
        try require(found.isEmpty, "what is no object has no members")
    }
    guard let pointer = JSONPointer(keys: keys) else { return }
    try require(JSONPointer(pointer.text)?.keys == keys, "a pointer's text says its keys")
    let leaf = JSONLeaves(at: [pointer], in: json)[pointer].map { JSONText.unescaped(json[$0]) }
    if case .string(let bytes) = tree {
        try require(leaf == bytes, "a pointer leads to its leaf")
    } else {
        try require(leaf == nil, "a pointer leads to no other value")
    }
}
