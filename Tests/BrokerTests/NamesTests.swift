import Support
import Testing

@testable import Broker

@Suite("Names")
struct NamesTests {
    @Test(
        "a team is 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit",
        arguments: [
            "", "-a", ".a", "_a", "A", "a b", "a/b", "é", "a%2f", "..", "a\0", String(repeating: "a", count: 65),
        ])
    func refusedTeams(_ text: String) {
        #expect(TeamName(text) == nil)
    }

    @Test(
        "a secret is 1 to 128 of A-Z a-z 0-9 _",
        arguments: ["", "a-b", "a.b", "a b", "é", "a\n", String(repeating: "a", count: 129)])
    func refusedSecrets(_ text: String) {
        #expect(SecretName(text) == nil)
    }

    @Test("a store's variable has its name in capitals and without hyphens, and the default store's has none")
    func variables() {
        #expect(StoreName.default.variable == "SECRET_BROKER_STORE")
        #expect(StoreName("eu-west-1")?.variable == "SECRET_BROKER_STORE_EU_WEST_1")
    }

    @Test("W&B's variables are reserved, in their own spelling only")
    func reserved() {
        for name in ["alias", "event_type", "ACCESS_TOKEN"] { #expect(SecretName(name)!.isReserved) }
        for name in ["ALIAS", "access_token", "GITHUB_TOKEN"] { #expect(!SecretName(name)!.isReserved) }
    }

    /// Legal on AWS, Google, Azure and Kubernetes alike, whatever the team and name.
    @Test("a reference is legal on every store and never made twice", arguments: 0..<200)
    func references(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func name(_ alphabet: String, _ lengths: ClosedRange<Int>) -> String {
            let letters = Array(alphabet)
            return String(
                (0..<Int.random(in: lengths, using: &random)).map { _ in letters.randomElement(using: &random)! })
        }
        let team = try #require(TeamName("9" + name("az09._-", 0...63)))
        let secret = try #require(SecretName(name("AZaz09_", 1...128)))
        let namespace = name("az09-", 0...1).replacing("-", with: "") + name("az09", 0...40)
        var made: Set<String> = []
        for _ in 0..<5 {
            let reference = Reference(namespace: namespace, team: team, name: secret, using: &random)
            #expect(reference.text.utf8.count <= 127)
            #expect(reference.text.wholeMatch(of: /[a-z0-9]([a-z0-9-]*[a-z0-9])/) != nil, "\(reference.text)")
            #expect(namespace.isEmpty || reference.text.hasPrefix(namespace + "-"))
            #expect(reference.id.text.count == 16)
            #expect(reference.text.hasSuffix("-" + reference.id.text))
            #expect(made.insert(reference.text).inserted)
        }
    }

    @Test(
        "durations are whole numbers with a unit",
        arguments: ["", "5", "m", "5 m", "-5m", "5.5m", "5M", "٥m", "99999999999d", "1w"])
    func refusedDurations(_ text: String) {
        #expect(Duration(text) == nil)
    }

    @Test(
        "a duration is read by its unit",
        arguments: [
            ("0", 0), ("1500ms", 1500), ("7s", 7000), ("5m", 300_000), ("2h", 7_200_000), ("90d", 7_776_000_000),
        ])
    func durations(_ text: String, milliseconds: Int) {
        #expect(Duration(text) == .milliseconds(milliseconds))
    }

    @Test("a time is read as it is written", arguments: 0..<200)
    func timestamps(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let moment = Timestamp(milliseconds: Int64.random(in: -2_000_000_000_000...4_000_000_000_000, using: &random))
        #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
    }

    @Test("known times have their known spelling")
    func knownTimes() {
        #expect(Timestamp(milliseconds: 0).rfc3339 == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: 1_709_210_096_789).rfc3339 == "2024-02-29T12:34:56.789Z")
        #expect(Timestamp(milliseconds: 1_709_210_096_789).basicISO8601 == "20240229T123456Z")
        #expect(Timestamp(rfc3339: "2023-02-29T00:00:00Z") == nil)
        #expect(Timestamp(rfc3339: "2024-02-29T00:00:00+01:00") == nil)
    }
}
