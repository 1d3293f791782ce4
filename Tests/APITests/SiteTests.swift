import Broker
import Support
import Testing
import Transport

@testable import API

@Suite("A page")
struct SiteTests {
    private static let paths = [
        "/sign-in", "/teams", "/teams/research", "/teams/research/secrets/new", "/teams/research/secrets/KEY/rotate",
        "/teams/research/secrets/KEY/delete", "/activity", "/teams/research/activity", "/teams/NO",
        "/teams/research/secrets/MISSING/rotate",
    ]

    @Test("can run, load, send and be framed by nothing but the broker's own, and is kept nowhere")
    func headers() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin, team: nil)
            _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=x")
            for path in Self.paths {
                // Somebody who is signed in is not shown the way in.
                let answer = try await path == "/sign-in" ? world.send("GET", path, []) : person.get(path)
                #expect([200, 400, 404].contains(answer.status), "\(path)")
                #expect(
                    answer.header("Content-Security-Policy")
                        == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'", "\(path)")
                #expect(answer.header("Cache-Control") == "no-store")
                #expect(answer.header("X-Content-Type-Options") == "nosniff")
                #expect(answer.header("Referrer-Policy") == "no-referrer")
                #expect(answer.header("Cross-Origin-Opener-Policy") == "same-origin")
                #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
                #expect(answer.header("X-Request-Id") != nil)
                #expect(!answer.body.contains("<script>"))
                #expect(answer.body.firstMatch(of: /\ (style|on[a-z]+)="/) == nil)
                #expect(!answer.body.contains("{{"), "\(path)")
            }
        }
    }

    @Test(
        "is not served under somebody else's host name",
        arguments: [
            "evil.example", "evil.example:8480", "127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
            "127.0.0", "127.0.0.256", "127.0.0.+1", "[::2]", "0.0.0.0", "10.0.0.1", "[::1", "a@localhost.x",
        ])
    func foreignHost(_ host: String) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            for path in ["/", "/sign-in", "/teams/research", "/assets/broker.js"] {
                let answer = try await person.get(path, [HTTPHeader("Host", host)])
                #expect(answer.status == 421 || answer.status == 400, "\(path)")
                #expect(!answer.body.contains("research"))
            }
            let headers = Person.ownForm + [HTTPHeader("Host", host)]
            let signIn = try await Person(world: world).signIn(try await world.token(.admin).text, headers)
            #expect(signIn.header("Set-Cookie") == nil)
        }
    }

    @Test(
        "is served under every name of loopback",
        arguments: ["localhost:1", "LOCALHOST", "127.0.0.1", "127.9.8.7:80", "[::1]:8480"])
    func ownHost(_ host: String) async throws {
        try await PagesWorld.run { world in
            let answer = try await world.send("GET", "/sign-in", [HTTPHeader("Host", host)])
            #expect(answer.status == 200)
        }
    }

    @Test("with TLS leaves the name to the certificate")
    func anyHostWithTLS() throws {
        for site in [
            Site(host: "127.0.0.1", hasTLS: true, isBehindProxy: false),
            Site(host: "0.0.0.0", hasTLS: false, isBehindProxy: true),
            Site(host: "127.0.0.1", hasTLS: false, isBehindProxy: true),
        ] {
            try site.requireOwn("broker.example")
            #expect(throws: APIError.foreignHost) { try site.requireOwn(nil) }
        }
    }

    @Test("behind what does TLS, on this machine too, has a secure cookie, any host, and no metrics without a token")
    func behindProxy() async throws {
        try await PagesWorld.run(isBehindProxy: true) { world in
            let answer = try await Person(world: world).signIn(
                try await world.token(.admin).text, Person.ownForm + [HTTPHeader("Host", "broker.example")])
            let cookie = try #require(answer.header("Set-Cookie"))
            #expect(cookie.hasPrefix("__Host-") && cookie.hasSuffix("; Secure"))
            #expect(try await world.send("GET", "/metrics", []).status == 401)
            let auditor = HTTPHeader("Authorization", "Bearer \(try await world.token(.auditor, team: nil).text)")
            #expect(try await world.send("GET", "/metrics", [auditor]).status == 200)
        }
        try await PagesWorld.run { world in
            let local = try await world.send("GET", "/metrics", []).status
            #expect(local == 200)
        }
    }

    @Test("names hostile tokens and automations without becoming what they say")
    func hostileNames() async throws {
        let hostile = [
            "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' onfocus='x", "</code><img src=x>", "&lt;b&gt;",
            "{{proof}}", "{{{frame.visitor.proof}}}", "\"\u{301} onfocus=\"x", "<\u{20DD}script>", ">\u{338}",
        ]
        try await PagesWorld.run { world in
            for name in hostile {
                let person = try await world.signedIn(.admin, name: name)
                _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=x")
                try await world.use("KEY", by: name)
                let pages = [
                    "/teams/research", "/teams/research/secrets/KEY/delete", "/teams/research/activity",
                    "/teams/research/activity?who=%22%3E%3Cscript%3E", "/teams/%3Cscript%3E",
                ]
                for path in pages {
                    let body = try await person.get(path).body
                    // Bytes, since a letter with an accent on it is another character.
                    let bytes = Array(body.utf8)
                    #expect(!body.contains("<script>") && !body.contains("<img"), "\(name) at \(path)")
                    if name.first != "{" { #expect(!bytes.contains(Array(name.utf8)), "\(name) at \(path)") }
                }
                _ = try await person.post("/teams/research/secrets/KEY/delete", "in-use=told")
            }
        }
    }

    @Test("that is not there is a page for a browser, and a problem for a program")
    func notThere() async throws {
        try await PagesWorld.run { world in
            let page = try await world.send("GET", "/nowhere", [HTTPHeader("Accept", "text/html,*/*")])
            #expect(page.status == 404)
            #expect(page.body.contains("<h1>There is no such page</h1>"))
            #expect(page.header("Content-Security-Policy") != nil)
            #expect(page.header("X-Request-Id") != nil)
            let problem = try await world.send("GET", "/nowhere", [])
            #expect(problem.status == 404)
            #expect(problem.header("Content-Type") == "application/problem+json")
        }
    }

    @Test("is fetched anew only when the program is another")
    func assets() async throws {
        try await PagesWorld.run { world in
            let page = try await world.send("GET", "/sign-in", [])
            for (name, type) in [
                ("broker.css", "text/css"), ("broker.js", "text/javascript"), ("icon.svg", "image/svg+xml"),
            ] {
                let link = try #require(page.body.split(separator: "\"").first { $0.hasPrefix("/assets/\(name)?v=") })
                let answer = try await world.send("GET", String(link), [])
                #expect(answer.status == 200)
                #expect(answer.header("Content-Type")?.hasPrefix(type) ?? false)
                #expect(answer.header("Cache-Control") == "public, max-age=31536000, immutable")
                let tag = try #require(answer.header("ETag"))
                #expect(link.contains(tag.dropFirst().dropLast()))
                let again = try await world.send("GET", String(link), [HTTPHeader("If-None-Match", tag)])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
            }
        }
    }
}
