import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("A resolve that begins by what is remembered")
struct ResolveTests {
    private static let team = TeamName("research")!

    private static func call(
        _ world: PagesWorld, _ token: String, _ method: String, _ path: String, _ body: String? = nil
    ) async throws -> APIClient.Answer {
        try await world.send(
            method, "/v1/teams/research/\(path)", [HTTPHeader("Authorization", "Bearer \(token)")], body: body)
    }

    private static func resolve(_ token: String, _ world: PagesWorld) async throws -> APIClient.Answer {
        try await call(world, token, "POST", "resolve", #"{"template":"${KEY}"}"#)
    }

    /// The token of who adds and changes the secret.
    private static func adding(_ world: PagesWorld) async throws -> String {
        let admin = try await world.token(.teamAdmin).text
        #expect(try await call(world, admin, "POST", "secrets", #"{"name":"KEY","value":"one"}"#).status == 201)
        return admin
    }

    private static func records(_ world: PagesWorld) async throws -> [String] {
        try await world.catalog.catalog.auditRecords(team: team, after: 0, limit: 1000).map(\.json)
            .filter { $0.contains("\"secret:resolve\"") }
    }

    @Test("is refused once its token is revoked, and leaves no record")
    func revoked() async throws {
        try await PagesWorld.run { world in
            _ = try await Self.adding(world)
            let token = try await world.token(.resolver)
            for _ in 0..<3 { #expect(try await Self.resolve(token.text, world).status == 200) }
            #expect(try await Self.records(world).count == 3)
            #expect(try await world.catalog.catalog.revoke(id: token.id, by: .operatorsShell(requestID: "test")) != nil)
            #expect(try await Self.resolve(token.text, world).status == 401)
            #expect(try await Self.records(world).count == 3)
        }
    }

    @Test("that cannot be answered is not recorded as a use")
    func unanswerable() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.token(.teamAdmin).text
            let secret = #"{"name":"KEY","value":"two\nlines"}"#
            #expect(try await Self.call(world, admin, "POST", "secrets", secret).status == 201)
            let token = try await world.token(.resolver).text
            let body = #"{"template":"x","headers":{"A":"${KEY}"}}"#
            for _ in 0..<2 {
                #expect((400..<500).contains(try await Self.call(world, token, "POST", "resolve", body).status))
            }
            #expect(try await Self.records(world).isEmpty)
        }
    }

    @Test("has the value that the secret has since, and none when it is deleted, whatever it began by")
    func changed() async throws {
        try await PagesWorld.run { world in
            let admin = try await Self.adding(world)
            let token = try await world.token(.resolver).text
            for value in ["one", "two", "three"] {
                if value != "one" {
                    let body = "{\"value\":\"\(value)\"}"
                    #expect(try await Self.call(world, admin, "PUT", "secrets/KEY", body).status == 200)
                }
                for _ in 0..<3 {
                    #expect(try await Self.resolve(token, world).body.contains("{\"template\":\"\(value)\""))
                }
            }
            #expect(try await Self.records(world).count == 9)
            #expect(try await Self.call(world, admin, "DELETE", "secrets/KEY?force=true").status == 204)
            let answer = try await Self.resolve(token, world)
            #expect(answer.status == 422 && answer.code == "unknown_variable")
            #expect(try await Self.records(world).count == 9)
        }
    }

    @Test("and by a version that was replaced or deleted since does not feel that the store is down")
    func outageAfterRotate() async throws {
        try await PagesWorld.run { world in
            let admin = try await Self.adding(world)
            let token = try await world.token(.resolver).text
            for _ in 0..<2 { #expect(try await Self.resolve(token, world).status == 200) }
            #expect(try await Self.call(world, admin, "PUT", "secrets/KEY", #"{"value":"two"}"#).status == 200)
            let reads = await world.provider.calls[.read]
            await world.provider.failAlways(.read, .unavailable)
            #expect(try await Self.resolve(token, world).body.contains("two"))
            #expect(try await Self.call(world, admin, "DELETE", "secrets/KEY?force=true").status == 204)
            #expect(try await Self.resolve(token, world).code == "unknown_variable")
            #expect(await world.provider.calls[.read] == reads)
        }
    }

    @Test("is refused with two fields of authorization, in whatever order the valid one comes")
    func twoFields() async throws {
        try await PagesWorld.run { world in
            _ = try await Self.adding(world)
            let token = try await world.token(.resolver).text
            let valid = HTTPHeader("Authorization", "Bearer \(token)")
            let other = HTTPHeader("Authorization", "Bearer sbt_another")
            for headers in [[valid], [valid, other], [other, valid], [valid, valid]] {
                let answer = try await world.send(
                    "POST", "/v1/teams/research/resolve", headers, body: #"{"template":"${KEY}"}"#)
                #expect(answer.status == (headers.count == 1 ? 200 : 401))
            }
        }
    }

    @Test("is refused for a secret that its token does not reach, with one record")
    func forbidden() async throws {
        try await PagesWorld.run { world in
            _ = try await Self.adding(world)
            let token = try await world.token(.member).text
            for count in 1...3 {
                let answer = try await Self.resolve(token, world)
                #expect(answer.status == 403)
                #expect(try await Self.records(world).count == count)
            }
        }
    }
}
