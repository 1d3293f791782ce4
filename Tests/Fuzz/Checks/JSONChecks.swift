import Broker
import WireJSON

/// Input: a JSON text, or any other.
func checkJSON(_ input: inout FuzzInput) throws {
    let text = input.all()
    let tree = OracleJSON(text)
    let parsed = Secret(of: text).withBytes { bytes in
        Result { () throws(JSONFault) in try JSONDocument(parsing: bytes) }
    }
    switch (parsed, tree) {
    case (.success(let document), let tree?):
        try require(isSame(document.root, tree), "what is read is what stands there")
    case (.failure, nil): break
    case (.success, nil): throw Violation(description: "what is not strict JSON is refused")
    case (.failure(let fault), .some): throw Violation(description: "strict JSON is taken, not refused as \(fault)")
    }
    if unsafe JSONSyntax.isCertain(text.span.bytes), case .failure(let fault) = parsed {
        throw Violation(description: "what is certain to be JSON is taken, not refused as \(fault)")
    }
    try checkWriting(text)
}

private func checkWriting(_ text: [UInt8]) throws {
    let object = JSONObject()
    let isSet = Secret(of: text).withBytes { bytes in (try? object.set("a", text: bytes)) != nil }
    try require(isSet == (String(validating: text, as: UTF8.self) != nil), "UTF-8 is taken, and nothing else")
    guard isSet else { return }
    let key = String(decoding: text.filter { $0 != 0 }, as: UTF8.self)
    object.set("a" + key, key)
    var members = [OracleJSON.Member(key: Array("a".utf8), value: .string(text))]
    if key.isEmpty {
        members[0].value = .string([])
    } else {
        members.append(OracleJSON.Member(key: Array(("a" + key).utf8), value: .string(Array(key.utf8))))
    }
    try require(OracleJSON(object.text.utf8) == .object(members), "what is written is what was set")
}

private func isSame(_ node: JSONNode, _ tree: OracleJSON) -> Bool {
    switch tree {
    case .object(let members):
        node.kind == .object && node.keys.map { Array($0.utf8) } == members.map(\.key)
            && members.allSatisfy { member in
                node[String(decoding: member.key, as: UTF8.self)].map { isSame($0, member.value) } ?? false
            }
    case .array(let elements):
        node.kind == .array && node.elements.count == elements.count
            && zip(node.elements, elements).allSatisfy(isSame)
    case .string(let bytes): node.kind == .string && node.withString { Secret(copying: $0).bytes } == bytes
    case .number(let text): node.kind == .number && node.number == Double(text) && node.integer == integer(text)
    case .boolean(let boolean): node.boolean == boolean
    case .null: node.kind == .null
    }
}

/// Of a number without fraction and exponent that every reader of JSON holds exactly.
private func integer(_ text: String) -> Int? {
    Int(text).flatMap { (-(1 << 53)...(1 << 53)).contains($0) ? $0 : nil }
}
