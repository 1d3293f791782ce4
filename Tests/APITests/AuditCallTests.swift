import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("A call for the audit log")
struct AuditCallTests {
    @Test("answers some 4 MiB at once at most, and goes on behind its last record")
    func large() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.auditor).text
            let secret = AuditEvent.NamedSecret(name: SecretName(String(repeating: "N", count: 128))!, version: nil)
            let use = AuditEvent(
                .readValues, .done, by: Actor(tokenID: "t", name: "n", address: nil, requestID: "r"),
                team: TeamName("research")!,
                subject: .secrets(Array(repeating: secret, count: 100)))
            try await world.catalog.catalog.append(Array(repeating: use, count: 800))
            let end = try await world.catalog.catalog.auditHead().seq
            let header = [HTTPHeader("Authorization", "Bearer \(token)")]
            var (seqs, pages) = ([Int](), 0)
            while true {
                let path = "/v1/audit?limit=10000&team=research&after=\(seqs.last ?? 0)"
                let page = try await world.send("GET", path, header).body
                guard !page.isEmpty else { break }
                #expect(page.utf8.count < 9 << 20)
                seqs += page.matches(of: /"seq":(\d+)/).compactMap { Int($0.1) }
                pages += 1
                try #require(pages < 100)
            }
            #expect(pages > 1)
            #expect(seqs.suffix(800) == Array((Int(end) - 799)...Int(end))[...])
        }
    }
}
