@testable import Broker

/// Input: a payload, and the value of `${T}` in it.
func checkRelayBody(_ input: inout FuzzInput) throws {
    let json = input.field()
    let value = Array(input.text().utf8)
    guard let tree = OracleJSON(json), let secret = SecretName("T"), let other = SecretName("U") else { return }

    var places: Set<JSONPointer> = []
    _ = tree.mapLeaves { keys, leaf in
        let isOne = leaf.ranges(of: Array("${T}".utf8)).count == 1 && !leaf.holds("${U}")
        let pointer = keys.flatMap { JSONPointer(keys: $0.map { String(decoding: $0, as: UTF8.self) }) }
        if isOne, let pointer { places.insert(pointer) }
        return leaf
    }
    let proposal = PayloadProposal(json, secrets: [secret, other])
    let usable = proposal.usable.filter { $0.name == secret }
    try require(Set(usable.map(\.at)) == places, "a secret is proposed wherever one stands alone behind objects")

    guard let body = try? RelayBody(json, usable), let output = try? body.render([secret: Secret(of: value)]) else {
        throw Violation(description: "what is proposed is taken")
    }
    let expected = tree.mapLeaves { keys, leaf in
        let pointer = keys.flatMap { JSONPointer(keys: $0.map { String(decoding: $0, as: UTF8.self) }) }
        guard let pointer, places.contains(pointer) else { return leaf }
        return leaf.replacing("${T}".utf8, with: value)
    }
    try require(OracleJSON(output.bytes) == expected, "only the leaves that were named change")
    if places.isEmpty { try require(output.bytes == json, "without a place nothing changes") }
}
