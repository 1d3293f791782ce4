import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("A call for the audit log")
struct AuditCallTests {
    @Test("names the next page as long as there is one, and no other parameter than it has is taken")
    func paged() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.auditor, team: nil).text
            let header = [HTTPHeader("Authorization", "Bearer \(token)")]
            for number in 0..<7 { try await world.use("KEY_\(number)", in: number == 3 ? "vision" : "research") }
            var (path, seen): (String?, [Substring]) = ("/v1/audit?limit=3&team=research", [])
            while let next = path {
                let page = try await world.send("GET", next, header)
                seen += page.body.matches(of: /KEY_(\d)/).map(\.1)
                path = try page.header("Link").map { link in
                    #expect(link.hasSuffix(">; rel=\"next\"") && link.contains("&team=research"))
                    return String(try #require(link.firstMatch(of: /^<(.*)>/)?.1))
                }
                try #require(seen.count <= 6)
            }
            #expect(seen == ["0", "1", "2", "4", "5", "6"])
            // The page is full, and the log ends with it; it starts with the token's own record.
            #expect(try await world.send("GET", "/v1/audit?limit=8", header).header("Link") == nil)
            #expect(try await world.send("GET", "/v1/audit?limit=7", header).header("Link") != nil)
            for query in ["from=2", "limit=3&Limit=4", "after=1&after=2", "team=research&x"] {
                #expect(try await world.send("GET", "/v1/audit?" + query, header).status == 400, "\(query)")
            }
        }
    }

    @Test("answers some 4 MiB at once at most, and goes on behind its last record")
    func large() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.auditor).text
            let secret = AuditEvent.NamedSecret(name: SecretName(String(repeating: "N", count: 128))!, version: nil)
            let use = AuditEvent(
                .readValues, .done, by: Principal(tokenID: "t", name: "n", address: nil, requestID: "r"),
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
