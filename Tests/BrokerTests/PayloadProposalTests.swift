import Support
import Testing

@testable import Broker

@Suite("Pointers proposed for a payload")
struct PayloadProposalTests {
    private static let secrets = Set(["A", "B_2"].compactMap(SecretName.init))

    private func proposal(_ payload: String) -> PayloadProposal {
        PayloadProposal(Array(payload.utf8), secrets: Self.secrets)
    }

    @Test(
        "lead to each text that holds a secret's name once",
        arguments: [
            (#"{"token":"${A}"}"#, ["A /token"]),
            (#" { "x" : { "y" : "Bearer ${B_2}." , "n" : 1 } , "z" : "${A}" } "#, ["B_2 /x/y", "A /z"]),
            (#"{"a/b":{"~":"$\u007bA}"},"":"${A}"}"#, ["A /a~1b/~0", "A /"]),
            ("{\"a\":{\"\u{301}é\":\"${A}\"}}", ["A /a/\u{301}é"]),
            (#"{"t":"${A} ${alias} ${artifact_metadata.x} $${","e":"${event_type}"}"#, ["A /t"]),
            (#"{"t":"${${A}}"}"#, ["A /t"]),
            (#"{"t":"${a}${A"}"#, []), ("[]", []), ("1", []), ("{}", []),
        ])
    func usable(_ payload: String, _ expected: [String]) {
        #expect(proposal(payload).usable.map { "\($0.name) \($0.at)" } == expected)
    }

    @Test(
        "are not there for what no pointer can reach, with the reason",
        arguments: [
            (#"{"${A}":"x"}"#, PayloadProposal.Obstacle.inKey), (#"[{"${A}":1}]"#, .inKey),
            (#"["${A}"]"#, .notInObjects), (#"{"a":[{"b":"${A}"}]}"#, .notInObjects), (#""${A}""#, .notInObjects),
            (#"{"a":"${A}${A}"}"#, .repeated), (#"{"a":"${A} ${B_2}"}"#, .shared),
            (#"{"\#(String(repeating: "k", count: 1024))":"${A}"}"#, .tooFar),
        ])
    func unusable(_ payload: String, _ obstacle: PayloadProposal.Obstacle) {
        let proposal = proposal(payload)
        #expect(proposal.usable.isEmpty)
        #expect(proposal.unusable.first == .init(name: "A", because: obstacle))
    }

    @Test("are as many as a webhook may have, however many texts have the secret")
    func tooMany() {
        let members = (0..<1000).map { "\"\($0)\":\"${A}\"" }
        let proposal = proposal("{\(members.joined(separator: ","))}")
        #expect(proposal.usable.count == Webhook.maximumPayloadSecrets)
        #expect(proposal.unusable == [.init(name: "A", because: .tooMany)])
    }

    @Test("are not there for what is no secret; W&B's variables are left to W&B, but for the relay's own token")
    func others() {
        let payload = #"{"a":"${MISSING}${ACCESS_TOKEN}${alias}","b":["${MISSING}"],"c":"${tag}"}"#
        #expect(
            proposal(payload).unusable == [
                .init(name: "MISSING", because: .noSecret), .init(name: "ACCESS_TOKEN", because: .accessToken),
            ])
    }

    @Test("are all taken by the relay's own rule for the payload, and by a webhook", arguments: 0..<500)
    func property(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let payload = Array(RandomJSON.written(RandomJSON.tree(depth: 4, using: &random), using: &random).utf8)
        let proposal = PayloadProposal(payload, secrets: Self.secrets)
        _ = try RelayBody(payload, proposal.usable)
        for secret in proposal.usable { #expect(JSONPointer(secret.at.text)?.keys == secret.at.keys) }
        #expect(Set(proposal.usable.map(\.at)).count == proposal.usable.count)
        // Nothing is left out in silence: a secret's name in the payload's strings is proposed, or refused.
        var strings = JSONStrings(payload, in: payload.indices)
        var named: Set<String> = []
        while let item = strings.next() {
            let text = JSONText.unescaped(payload[item.content])
            named.formUnion(Self.secrets.map(\.text).filter { text.firstRange(of: "${\($0)}".utf8) != nil })
        }
        #expect(Set(proposal.usable.map(\.name.text)).union(proposal.unusable.map(\.name)).isSuperset(of: named))
    }

    @Test("are found in a moment in as large a payload as may come", .timeLimit(.minutes(1)))
    func large() {
        let repeated = proposal("{\"a\":\"" + String(repeating: "${A}", count: 250_000) + "\"}")
        #expect(repeated.unusable == [.init(name: "A", because: .repeated)])
        let distinct = proposal("{\"a\":\"" + (0..<100_000).map { "${N\($0)}" }.joined() + "\"}")
        #expect(distinct.unusable.count == 100_000)
    }
}
