import Broker
import Support
import Testing

@testable import API

@Suite("Activity")
struct ActivityPageTests {
    private static let path = "/teams/research/activity"

    @Test("says who did what to which secret, and who used it")
    func sentences() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=x")
            _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=y")
            try await world.use("KEY", "OTHER", by: "deploy-bot")
            let page = try await person.get(Self.path).body
            #expect(page.contains(/<b>alice<\/b> added <code[^>]*>KEY<\/code>/))
            #expect(page.contains("failed: secret_exists"))
            #expect(page.contains(/<span class="by">tok_[0-9a-f]{16}<\/span>/))
            #expect(!page.contains("<span class=\"by\">operator"))
            #expect(page.contains(/<b>deploy-bot<\/b> used <code>KEY<\/code>, <code>OTHER<\/code>/))
            #expect(!page.contains("begun"), "each beginning has its end")
            #expect(page.contains("2 uses in 30 days"))
        }
    }

    @Test("says where a webhook delivers, and of a new token its name and role")
    func places() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await world.token(.relay, name: "wandb")
            let page = try await person.get(Self.path).body
            #expect(page.contains(/made the webhook <code>hook<\/code> to hooks.example.com:443/))
            #expect(page.contains(/made the token <code>hook<\/code>, <code>tok_[0-9a-f]+<\/code> for wandb, relay/))
        }
    }

    @Test(
        "is filtered by kind, secret and who",
        arguments: [
            ("kind=uses", ["used"], ["added", "made the token"]), ("kind=changes", ["added"], ["used <code"]),
            ("kind=tokens", ["made the token"], ["added", "used <code"]),
            ("secret=OTHER", ["OTHER"], ["added", "made"]),
            ("who=alice", ["added"], ["deploy-bot", "made the token"]),
            ("who=nobody%26", [], ["added"]),
            ("kind=&secret=&who=", ["added", "used", "made the token"], []),
        ])
    func filters(_ query: String, _ present: [String], _ absent: [String]) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post("/teams/research/secrets/new", "name=KEY&value=x")
            try await world.use("KEY", "OTHER")
            let page = try await person.get(Self.path + "?" + query).body
            let events = page[try #require(page.firstRange(of: "<ol class=\"events\">")?.upperBound)...]
            for text in present { #expect(events.contains(text), "\(text)") }
            for text in absent { #expect(!events.contains(text), "\(text)") }
        }
    }

    @Test("refuses a filter that is none", arguments: ["kind=all", "secret=a-b", "secret=%3Cscript%3E"])
    func noFilter(_ query: String) async throws {
        try await PagesWorld.run { world in
            let answer = try await world.signedIn(.admin).get(Self.path + "?" + query)
            #expect(answer.status == 400)
        }
    }

    @Test("goes back page by page, each record once")
    func pages() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.auditor)
            for number in 0..<120 { try await world.use("KEY_\(number)") }
            var seen: [Substring] = []
            var next: String? = Self.path + "?kind=uses&who=deploy-bot"
            while let path = next {
                let page = try await person.get(path).body
                seen += page.matches(of: /<code>(KEY_\d+)</).map(\.1)
                try #require(seen.count <= 120)
                next = page.firstMatch(of: /href="([^"]*before=[^"]*)"/).map {
                    String($0.1).replacing("&amp;", with: "&")
                }
            }
            #expect(seen.count == 120)
            #expect(seen.first == "KEY_119" && seen.last == "KEY_0")
        }
    }

    @Test("of all teams is for who reaches all teams, and names each")
    func allTeams() async throws {
        try await PagesWorld.run { world in
            let auditor = try await world.signedIn(.auditor, team: nil)
            try await world.use("KEY", in: "research")
            try await world.use("KEY", in: "vision")
            let page = try await auditor.get("/activity").body
            #expect(page.contains("in <b>research</b>") && page.contains("in <b>vision</b>"))
            #expect(page.contains("2 uses in 30 days"))
            let own = try await auditor.get(Self.path).body
            #expect(!own.contains("vision"))
            #expect(own.contains("1 use in 30 days"))
        }
    }

    @Test("counts uses by day, in UTC, for 30 days")
    func chart() throws {
        let today = Timestamp(rfc3339: "2026-11-24T20:54:10Z")!
        let chart = UsageChart(
            [Day(of: today): 400, Day(of: today).adding(-29): 1, Day(of: today).adding(-30): 9], until: today)
        #expect(chart.total == "401 uses")
        #expect(chart.most == "400")
        #expect((chart.first, chart.last) == ("Oct 26", "Nov 24"))
        #expect(chart.bars.map(\.height) == [3] + Array(repeating: 0, count: 28) + [100])
        #expect(chart.table.map(\.count) == ["400 uses", "1 use"])
        #expect(UsageChart([:], until: today).isEmpty)
    }

    @Test(
        "says moments as people do",
        arguments: [
            (0, "just now"), (59, "just now"), (60, "1 minute ago"), (3599, "59 minutes ago"), (3600, "1 hour ago"),
            (86_399, "23 hours ago"), (86_400, "Mon Nov 23 2026"), (-5, "just now"),
        ])
    func moments(_ seconds: Int, _ text: String) throws {
        let now = Timestamp(rfc3339: "2026-11-24T20:54:10Z")!
        let time = HumanTime(now.adding(.seconds(-seconds)), now: now)
        #expect(time.text == text)
        #expect(HumanTime(now, now: now).exact == "Tue Nov 24 2026, 20:54:10 UTC")
    }
}
