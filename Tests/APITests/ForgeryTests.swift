import Broker
import Support
import Testing
import Transport

@testable import API

/// Another site's page can make a browser send a form, with the session's cookie at worst; it cannot read a page.
@Suite("A form that no page of the session's sent")
struct ForgeryTests {
    private static let forms = [
        ("/teams/research/secrets/new", "name=NEW&value=x"),
        ("/teams/research/secrets/KEY/rotate", "version=x&value=forged"),
        ("/teams/research/secrets/KEY/delete", "in-use=told"), ("/sign-out", ""),
        ("/teams/research/webhooks/new", "name=hook"), ("/teams/research/webhooks/hook/confirm", "url="),
        ("/teams/research/webhooks/hook/relay", "name=x"), ("/teams/research/webhooks/hook/test", "payload="),
        ("/teams/research/webhooks/hook/edit", "url="), ("/teams/research/webhooks/hook/delete", ""),
    ]

    private static let type = HTTPHeader("Content-Type", "application/x-www-form-urlencoded")

    private func expectRefusal(
        _ attempt: @escaping @Sendable (Person, _ path: String, _ fields: String) async throws -> APIClient.Answer
    ) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.forms[0].0, "name=KEY&value=one")
            for (path, fields) in Self.forms {
                #expect(try await attempt(person, path, fields).status == 403, "\(path)")
            }
            #expect(try await world.names() == ["KEY"])
            #expect(try await world.value(of: "KEY") == "one")
            #expect(try await person.get("/teams/research").status == 200, "still signed in")
        }
    }

    @Test("is refused with no proof, or a wrong one", arguments: ["", "x", String(repeating: "A", count: 43)])
    func wrongProof(_ proof: String) async throws {
        try await expectRefusal { try await $0.post($1, $2, proof: proof) }
    }

    @Test("is refused with the proof of another session")
    func othersProof() async throws {
        try await PagesWorld.run { world in
            let (alice, mallory) = (try await world.signedIn(.admin), try await world.signedIn(.admin))
            _ = try await mallory.get("/teams/research")
            let answer = try await alice.post("/teams/research/secrets/new", "name=A&value=x", proof: mallory.proof)
            #expect(answer.status == 403)
            #expect(try await world.names().isEmpty)
        }
    }

    @Test(
        "is refused when the browser says that another site sent it",
        arguments: ["cross-site", "same-site", "none", ""])
    func otherSite(_ site: String) async throws {
        try await expectRefusal { try await $0.post($1, $2, [Self.type, HTTPHeader("Sec-Fetch-Site", site)]) }
    }

    @Test(
        "is refused when an older browser names another origin, or none",
        arguments: [
            nil, "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1",
            "http://localhost.evil.example",
        ])
    func otherOrigin(_ origin: String?) async throws {
        try await expectRefusal { person, path, fields in
            try await person.post(path, fields, [Self.type] + (origin.map { [HTTPHeader("Origin", $0)] } ?? []))
        }
    }

    @Test("is taken from an older browser that names this origin")
    func ownOrigin() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            let own = [Self.type, HTTPHeader("Origin", "http://localhost:1"), HTTPHeader("Host", "localhost:1")]
            #expect(try await person.post("/teams/research/secrets/new", "name=KEY&value=x", own).status == 303)
            #expect(try await world.names() == ["KEY"])
        }
    }

    @Test("is not how a session begins: nobody is signed in to somebody else's")
    func signIn() async throws {
        try await PagesWorld.run { world in
            let token = try await world.token(.admin).text
            let person = Person(world: world)
            let answer = try await person.signIn(token, [Self.type, HTTPHeader("Sec-Fetch-Site", "cross-site")])
            #expect(answer.status == 403)
            #expect(person.cookie == nil)
        }
    }

    @Test(
        "is refused as another type of content, as JSON of another site's is",
        arguments: ["text/plain", "application/json", "multipart/form-data"])
    func otherType(_ type: String) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            let headers = [HTTPHeader("Content-Type", type), HTTPHeader("Sec-Fetch-Site", "same-origin")]
            _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=x", headers)
            #expect(try await world.names().isEmpty)
        }
    }
}
