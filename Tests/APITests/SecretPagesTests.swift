import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("Team secrets")
struct SecretPagesTests {
    private static let home = "/teams/research"
    private static let new = home + "/secrets/new"
    private static let rotate = home + "/secrets/KEY/rotate"
    private static let delete = home + "/secrets/KEY/delete"

    private func version(_ page: APIClient.Answer) throws -> String {
        String(try #require(page.body.firstMatch(of: /name="version" value="([a-z2-7]{16})"/)?.1))
    }

    @Test("takes a value as it was typed, and shows it never again")
    func add() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.teamAdmin)
            let answer = try await person.post(Self.new, "name=KEY&value=%3Cscript%3E%0D%0Acanary%2B%C3%A9")
            #expect(answer.status == 303)
            #expect(answer.location == Self.home)
            #expect(answer.header("Connection") == "close")
            #expect(answer.body.isEmpty)
            #expect(try await world.value(of: "KEY") == "<script>\ncanary+é")
            for path in [Self.home, Self.rotate, Self.delete, Self.new] {
                #expect(!(try await person.get(path).body.contains("canary")), "\(path)")
            }
        }
    }

    @Test("says of an adopted secret what it was adopted from, and of no other")
    func adopted() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.member)
            let version = Version(
                store: .default, reference: Reference(recorded: "console/<made>"), pin: Pin("1"),
                journaled: world.clock.timestamp, committed: world.clock.timestamp, isOwned: false)
            _ = try await world.catalog.catalog.adopt(
                version, as: SecretName("KEY")!, in: TeamName("research")!, by: .operatorsShell(requestID: "test"))
            #expect(try await person.get(Self.home).body.contains("Adopted from <code>console/&lt;made&gt;</code>"))
            _ = try await world.signedIn(.admin).post(Self.rotate, "value=own&version=\(version.id)")
            #expect(!(try await person.get(Self.home).body.contains("Adopted from")))
        }
    }

    @Test("says once what was done")
    func notice() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.new, "name=KEY&value=x")
            #expect(try await person.get(Self.home).body.contains("Secret added."))
            #expect(!(try await person.get(Self.home).body.contains("Secret added.")))
        }
    }

    @Test(
        "tells what is wrong in a sentence, keeps a good name, and holds nothing of the value",
        arguments: [
            ("name=a-b&value=canary", "A secret&#39;s name is 1 to 128", ""),
            (
                "name=event_type&value=canary", "The name event_type is that of a variable of W&amp;B&#39;s",
                "event_type"
            ),
            ("name=OK&value=", "A value must not be empty.", "OK"),
            ("name=KEPT&value=canary", "rotate that one", "KEPT"),
            ("name=OK&value=%FFcanary", "The form is not complete", "OK"),
            ("name=OK&value=canary&more=1", "The form is not complete", ""),
        ])
    func refusals(_ fields: String, _ sentence: String, _ name: String) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.new, "name=KEPT&value=old")
            _ = try await person.get(Self.home)
            let answer = try await person.post(Self.new, fields)
            #expect(answer.status == 303)
            #expect(answer.location == Self.new)
            let page = try await person.get(Self.new).body
            #expect(page.contains(sentence))
            #expect(page.contains("name=\"name\" value=\"\(name)\""))
            #expect(!page.contains("canary"))
            #expect(try await world.names() == ["KEPT"])
            #expect(try await world.value(of: "KEPT") == "old")
        }
    }

    @Test("refuses a value over the store's limit, and a body over the broker's")
    func tooLarge() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            for (count, sentence) in [(65_537, "at most 65536 bytes"), (1 << 20, "at most 1 MiB")] {
                let value = String(repeating: "x", count: count)
                #expect(try await person.post(Self.new, "name=BIG&value=\(value)").location == Self.new)
                #expect(try await person.get(Self.new).body.contains(sentence))
            }
            #expect(try await world.names().isEmpty)
        }
    }

    @Test("says what the store said when it fails, and the write never comes true")
    func providerDown() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            await world.provider.failAlways(.create, .keyDisabled)
            #expect(try await person.post(Self.new, "name=KEY&value=x").location == Self.new)
            #expect(
                try await person.get(Self.new).body.contains("The key that guards the store is disabled: enable it."))
            #expect(try await world.names().isEmpty)
        }
    }

    @Test("rotates what the form was opened for, and nothing newer")
    func rotate() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.new, "name=KEY&value=one")
            let first = try version(try await person.get(Self.rotate))
            #expect(try await person.post(Self.rotate, "version=\(first)&value=two").location == Self.home)
            #expect(try await world.value(of: "KEY") == "two")
            _ = try await person.get(Self.home)
            #expect(try await person.post(Self.rotate, "version=\(first)&value=three").location == Self.rotate)
            #expect(try await person.get(Self.rotate).body.contains("Somebody else changed the secret"))
            #expect(try await world.value(of: "KEY") == "two")
        }
    }

    @Test("deletes what is not in use")
    func deleteUnused() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.new, "name=KEY&value=one")
            let version = try version(try await person.get(Self.delete))
            #expect(try await person.post(Self.delete, "version=\(version)&in-use=").location == Self.home)
            #expect(try await world.names().isEmpty)
            #expect(try await person.get(Self.delete).status == 404)
        }
    }

    @Test("deletes only what the form was opened for, not what has its name by then", arguments: ["", "told"])
    func deleteUnseen(told: String) async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.new, "name=KEY&value=one")
            let first = try version(try await person.get(Self.delete))
            _ = try await person.post(Self.delete, "version=\(first)&in-use=")
            _ = try await person.post(Self.new, "name=KEY&value=two")
            #expect(try await person.post(Self.delete, "version=\(first)&in-use=\(told)").location == Self.delete)
            #expect(try await world.names() == ["KEY"])
        }
    }

    @Test("deletes what is in use only for who was told by whom, also when the use came after the question")
    func deleteUsed() async throws {
        try await PagesWorld.run { world in
            let person = try await world.signedIn(.admin)
            _ = try await person.post(Self.new, "name=KEY&value=one")
            let question = try await person.get(Self.delete)
            #expect(question.body.contains("name=\"in-use\" value=\"\""))
            let version = try version(question)
            try await world.use("KEY", by: "nightly-deploy")
            #expect(try await person.post(Self.delete, "version=\(version)&in-use=").location == Self.delete)
            #expect(try await world.names() == ["KEY"])
            let page = try await person.get(Self.delete).body
            #expect(page.contains("Automations used this secret"))
            #expect(page.contains("<b>nightly-deploy</b>"))
            #expect(page.contains("name=\"in-use\" value=\"told\""))
            #expect(try await person.post(Self.delete, "version=\(version)&in-use=told").location == Self.home)
            #expect(try await world.names().isEmpty)
        }
    }

    @Test("shows a member the names, and lets only an admin act")
    func member() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post(Self.new, "name=KEY&value=one")
            let member = try await world.signedIn(.member)
            let page = try await member.get(Self.home).body
            #expect(page.contains("<code>KEY</code>"))
            #expect(!page.contains("/secrets/") && !page.contains("New secret") && !page.contains("Activity"))
            for path in [Self.new, Self.rotate, Self.delete, Self.home + "/activity", "/activity", "/teams"] {
                #expect(try await member.get(path).status == 403, "\(path)")
            }
            for (path, fields) in [
                (Self.new, "name=OTHER&value=x"), (Self.rotate, "version=x&value=x"),
                (Self.delete, "version=x&in-use=told"),
            ] {
                #expect(try await member.post(path, fields).status == 303)
            }
            #expect(try await world.names() == ["KEY"])
            #expect(try await world.value(of: "KEY") == "one")
        }
    }

    @Test("shows an auditor the log, and nothing else")
    func auditor() async throws {
        try await PagesWorld.run { world in
            let auditor = try await world.signedIn(.auditor)
            #expect(try await auditor.get(Self.home + "/activity").status == 200)
            for path in [Self.home, Self.new, "/teams/other/activity", "/activity", "/teams"] {
                #expect(try await auditor.get(path).status == 403, "\(path)")
            }
        }
    }

    @Test("is the same to a stranger whether or not the team exists", arguments: [Role.teamAdmin, .member, .admin])
    func walls(_ role: Role) async throws {
        try await PagesWorld.run { world in
            let owner = try await world.signedIn(.admin, team: "other")
            _ = try await owner.post("/teams/other/secrets/new", "name=KEY&value=one")
            let stranger = try await world.signedIn(role)
            for path in ["", "/activity", "/secrets/new", "/secrets/KEY/rotate", "/secrets/KEY/delete"] {
                let there = try await stranger.get("/teams/other" + path)
                let nowhere = try await stranger.get("/teams/nowhere" + path)
                #expect(there.status == 403)
                #expect(there.body == nowhere.body, "\(path)")
            }
            _ = try await stranger.post("/teams/other/secrets/KEY/delete", "version=x&in-use=told")
            #expect(try await world.names(in: "other") == ["KEY"])
        }
    }

    @Test("is found by an admin of all teams, a team that is not there yet too")
    func teams() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin, team: nil)
            #expect(try await admin.get("/").location == "/teams")
            #expect(try await admin.get("/teams").body.contains("No team yet"))
            #expect(try await admin.get("/teams?team=vision").location == "/teams/vision")
            #expect(try await admin.get("/teams?team=//evil.example").status == 400)
            #expect(try await admin.get("/teams/vision").body.contains("This team has no secrets yet"))
            _ = try await admin.post("/teams/vision/secrets/new", "name=KEY&value=x")
            #expect(try await admin.get("/teams").body.contains("href=\"/teams/vision\""))
        }
    }
}
