import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("A session")
struct SessionTests {
    private static let home = "/teams/research"

    @Test("begins with a token of a human role", arguments: [Role.admin, .teamAdmin, .member, .auditor])
    func begins(_ role: Role) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(role)
            let answer = try await person.get("/")
            #expect(answer.status == 303)
            #expect(answer.location == (role == .auditor ? Self.home + "/activity" : Self.home))
            #expect(try await person.get(try #require(answer.location)).status == 200)
        }
    }

    @Test("does not begin with a token for programs", arguments: [Role.resolver, .relay])
    func programs(_ role: Role) async throws {
        try await PagesWorld.run { world in
            let person = Person(world: world)
            let answer = try await person.signIn(try await world.token(role).text)
            #expect(answer.location == "/sign-in?because=role")
            #expect(person.cookie == nil)
        }
    }

    @Test(
        "does not begin with what is no token",
        arguments: ["", "sbt_", "sbt_nonsense", "%00", String(repeating: "a", count: 5000), "sbt_a%26proof=x"])
    func noToken(_ text: String) async throws {
        try await PagesWorld.run { world in
            let person = Person(world: world)
            let answer = try await person.signIn(text)
            #expect(answer.location == "/sign-in?because=token")
            #expect(person.cookie == nil)
            #expect(try await person.get(answer.location ?? "").body.contains("This token is not valid here"))
        }
    }

    @Test("takes a token that was pasted with white space around it")
    func pasted() async throws {
        try await PagesWorld.run { world in
            let person = Person(world: world)
            let token = try await world.token(.member).text
            #expect(try await person.signIn("+%20\(token)%0D%0A").location == "/")
        }
    }

    @Test("has a cookie that neither a script nor another site can use")
    func cookie() async throws {
        try await PagesWorld.run { world in
            let answer = try await Person(world: world).signIn(try await world.token(.member).text)
            let parts = try #require(answer.header("Set-Cookie")).split(separator: "; ").map(String.init)
            #expect(parts[0].firstMatch(of: /^secret-broker-session=[A-Za-z0-9_-]{43}$/) != nil)
            #expect(parts.dropFirst() == ["Path=/", "HttpOnly", "SameSite=Strict"])
        }
    }

    @Test("has a cookie bound to the host and to TLS wherever TLS is")
    func secureCookie() {
        for site in [
            Site(host: "127.0.0.1", hasTLS: true, isBehindProxy: false),
            Site(host: "0.0.0.0", hasTLS: false, isBehindProxy: true),
            Site(host: "127.0.0.1", hasTLS: false, isBehindProxy: true),
        ] {
            #expect(site.cookie("x") == "__Host-secret-broker-session=x; Path=/; HttpOnly; SameSite=Strict; Secure")
            #expect(site.expiredCookie.hasSuffix("; Secure; Max-Age=0"))
        }
    }

    @Test("ends after 30 minutes without use, and not while it is used")
    func idle() {
        let clock = ManualClock()
        let sessions = Sessions(clock: { clock.instant })
        let id = sessions.begin(TokenHash([1]), of: Self.ours)
        for _ in 0..<3 {
            clock.advance(by: .seconds(29 * 60))
            #expect(sessions.session(id) != nil)
        }
        clock.advance(by: .seconds(30 * 60 + 1))
        #expect(sessions.session(id) == nil)
        #expect(sessions.count == 0)
    }

    @Test("lasts as long whatever the time of day is set to")
    func timeSet() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.member)
            world.clock.advance(by: .seconds(31 * 60))
            #expect(try await person.get(Self.home).status == 200)
        }
    }

    @Test("ends with its token, at the next request")
    func revoked() async throws {
        try await PagesWorld.run { world in
            let person = Person(world: world)
            let token = try await world.token(.admin)
            _ = try await person.signIn(token.text)
            #expect(try await person.get(Self.home).status == 200)
            _ = try await world.catalog.catalog.revoke(id: token.id, by: .operatorsShell(requestID: "test"))
            #expect(try await person.get(Self.home).location == "/sign-in?because=ended")
            #expect(try await person.post(Self.home + "/secrets/new", "name=A&value=x", proof: "any").status == 303)
            #expect(try await world.names().isEmpty)
        }
    }

    @Test("ends when its token expires, however much it is used")
    func expired() async throws {
        try await PagesWorld.run { world in
            let person = Person(world: world)
            _ = try await person.signIn(try await world.token(.member, lasting: .seconds(60)).text)
            #expect(try await person.get(Self.home).status == 200)
            world.clock.advance(by: .seconds(61))
            #expect(try await person.get(Self.home).location == "/sign-in?because=ended")
        }
    }

    @Test("ends when the same browser begins another")
    func another() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.member)
            let former = try #require(person.cookie)
            let headers = Person.ownForm + [HTTPHeader("Cookie", former)]
            _ = try await person.signIn(try await world.token(.admin).text, headers)
            #expect(person.cookie != former)
            #expect(try await world.send("GET", Self.home, [HTTPHeader("Cookie", former)]).status == 303)
            #expect(try await person.get(Self.home).status == 200)
        }
    }

    @Test("ends when its holder signs out")
    func signOut() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.member)
            let answer = try await person.post("/sign-out")
            #expect(answer.location == "/sign-in?because=left")
            let later = try await person.get(Self.home)
            #expect(later.location == "/sign-in?because=ended")
            for answer in [answer, later] {
                #expect(answer.header("Set-Cookie")?.contains("Max-Age=0") ?? false)
            }
        }
    }

    @Test("outlives a link on another site's page, which brings no cookie: this site's page asks again")
    func linkFromElsewhere() async throws {
        try await PagesWorld.run { world in
            for site in ["cross-site", "same-site"] {
                let answer = try await world.send("GET", Self.home, [HTTPHeader("Sec-Fetch-Site", site)])
                #expect(answer.status == 200)
                #expect(answer.body.contains("<meta http-equiv=\"refresh\" content=\"0\">"))
                #expect(answer.header("Set-Cookie") == nil)
            }
            for site in ["same-origin", "none"] {
                let answer = try await world.send("GET", Self.home, [HTTPHeader("Sec-Fetch-Site", site)])
                #expect(answer.location == "/sign-in")
                #expect(answer.header("Set-Cookie") == nil)
            }
        }
    }

    @Test("is nobody's whose cookie is made up")
    func forgedCookie() async throws {
        try await PagesWorld.run { world in
            _ = try await world.signedIn(.member)
            for value in ["", "x", String(repeating: "A", count: 43), String(repeating: "A", count: 9000)] {
                let answer = try await world.send(
                    "GET", Self.home, [HTTPHeader("Cookie", "secret-broker-session=\(value)")])
                #expect(answer.status == 303)
            }
        }
    }

    private static let (ours, theirs) = (TeamName("research")!, TeamName("other")!)

    @Test("gives way to a later one where there is no room: the one unused for longest, of the same token first")
    func bounded() {
        let clock = ManualClock()
        let sessions = Sessions(limit: 5, limitPerTeam: 5, limitPerToken: 3, clock: { clock.instant })
        let (busy, quiet) = (TokenHash([1]), TokenHash([2]))
        let first = sessions.begin(quiet, of: Self.ours)
        var ids: [String] = []
        for _ in 0..<10 {
            clock.advance(by: .seconds(1))
            ids.append(sessions.begin(busy, of: Self.ours))
            if let kept = ids.first { _ = sessions.session(kept) }
        }
        #expect(sessions.count == 4)
        #expect(sessions.session(first) != nil)
        #expect(sessions.session(ids[0]) != nil, "it was in use")
        #expect(ids.filter { sessions.session($0) != nil }.count == 3)
        for number in UInt8(10)..<20 {
            clock.advance(by: .seconds(1))
            _ = sessions.begin(TokenHash([number]), of: Self.ours)
        }
        #expect(sessions.count == 5)
        #expect(sessions.session(first) == nil)
    }

    @Test(
        "is not ended by the sign-ins of another team, however many tokens it has",
        arguments: [TeamName("research"), nil])
    func shares(_ team: TeamName?) {
        let clock = ManualClock()
        let sessions = Sessions(limit: 10, limitPerTeam: 6, limitPerToken: 2, clock: { clock.instant })
        var number: UInt8 = 0
        func begin(_ team: TeamName?) -> String {
            clock.advance(by: .seconds(1))
            number += 1
            return sessions.begin(TokenHash([number]), of: team)
        }
        let first = (0..<3).map { _ in begin(team) }
        for _ in 0..<20 { _ = begin(Self.theirs) }
        #expect(sessions.count == 9)
        #expect(first.allSatisfy { sessions.session($0) != nil })
        // All together are as many as there may be: who has the most gives way, then both alike.
        let later = (0..<2).map { _ in begin(team) }
        #expect(sessions.count == 10)
        for _ in 0..<20 { _ = begin(Self.theirs) }
        #expect((first + later).allSatisfy { sessions.session($0) != nil })
        for _ in 0..<20 { _ = begin(team) }
        #expect(sessions.count == 10)
        let third = begin(TeamName("third"))
        for _ in 0..<20 { _ = (begin(team), begin(Self.theirs)) }
        #expect(sessions.session(third) != nil)
    }

    @Test("is known by a hash only")
    func hashed() throws {
        let sessions = Sessions()
        let token = TokenHash([1])
        let (one, other) = (sessions.begin(token, of: nil), sessions.begin(token, of: nil))
        #expect(one != other)
        let session = try #require(sessions.session(one))
        #expect(!"\(session)".contains(one))
        #expect(session.proof != sessions.session(other)?.proof)
        sessions.end(session)
        #expect(sessions.session(one) == nil)
        #expect(sessions.session(other) != nil)
    }
}
