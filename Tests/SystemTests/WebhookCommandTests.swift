import Support
import Testing

@Suite("The webhook command, the built program", .timeLimit(.minutes(3)))
struct WebhookCommandTests {
    @Test("prints whole relay URLs, also of a broker that does not know its own, and warns of what is not there")
    func wholeURLs() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.client(of: broker, as: place.admin)
        let of = ["--team", "research", "--name", "deploy"]
        let relay = "\(broker.url)/v1/relay/research/deploy"
        let url = ["--url", "https://hooks.example.com/", "--access-token", "ABSENT"]
        let made = try await place.run(["webhook", "add"] + of + url, admin)
        #expect(made.output.hasPrefix("added deploy, relay \(relay); "), "\(made.output)")
        let listed = try await place.run(["webhook", "list", "--team", "research"], admin)
        #expect(listed.output.hasSuffix(" \(relay)\n"))
        for finished in [made, listed] {
            #expect(
                finished.errors.hasPrefix("warning: the webhook deploy names ABSENT, which the team does not have: "))
        }
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("adds, confirms, tests, edits, lists and deletes")
    func lifeCycle() async throws {
        let stage = try await RelayStage(["SECRET_BROKER_URL": "https://broker.example/"])
        let admin = stage.place.client(of: stage.broker, as: stage.place.admin)
        let of = ["--team", "research", "--name", "deploy"]
        let url = stage.receiver.url("/verify/hex")
        func run(_ arguments: [String]) async throws -> BrokerBinary.Finished {
            try await stage.place.run(["webhook"] + arguments, admin)
        }
        let made = try await run(
            ["add"] + of + [
                "--url", url, "--access-token", "GITHUB_TOKEN", "--header", "X-A: b ${SIGNING}",
                "--payload-secret", "GITHUB_TOKEN=/token",
            ])
        #expect(made.status == 0)
        #expect(
            made.output
                == "added deploy, relay https://broker.example/v1/relay/research/deploy; it delivers once an admin has confirmed it\n"
        )
        let refused = try await run(["test"] + of)
        #expect(refused.status == 1 && refused.errors.contains("(webhook_unconfirmed)"))
        let shown = try await run(["confirm"] + of + ["--url", url])
        #expect(shown.status == 1 && shown.errors.contains("--revision") && shown.output.contains("b ${SIGNING}"))
        let revision = String(try #require(shown.output.firstMatch(of: /"revision":"([0-9a-f]{16})"/)?.1))
        for (there, seen) in [("https://other.example/", revision), (url, "0123456789abcdef")] {
            let wrong = try await run(["confirm"] + of + ["--url", there, "--revision", seen])
            #expect(wrong.status == 1 && wrong.errors.contains("(version_conflict)"))
        }
        #expect(try await run(["confirm"] + of + ["--url", url, "--revision", "x"]).status == 2)
        #expect(try await run(["test"] + of).errors.contains("(webhook_unconfirmed)"))
        let confirmed = try await run(["confirm"] + of + ["--url", url, "--revision", revision])
        #expect(confirmed.status == 0 && confirmed.output.contains("GITHUB_TOKEN"))
        let unsigned = try await run(["test"] + of)
        #expect(unsigned.status == 1 && unsigned.errors.contains("the destination answered with status 401"))
        #expect(unsigned.output == "{\"status\":401}\n")
        let nothing = try await run(["edit"] + of)
        #expect(nothing.status != 0 && nothing.errors.contains("nothing is to be changed"))
        #expect(try await run(["edit"] + of + ["--signing-secret", "SIGNING", "--confirm"]).status == 0)
        #expect(try await run(["test"] + of).output == "{\"status\":200}\n")
        let listed = try await run(["list", "--team", "research"])
        #expect(listed.output.contains("deploy") && listed.output.contains("yes"))
        let json = try await run(["list", "--team", "research", "--json"]).output
        #expect(
            json.contains(
                #""headers":{"X-A":"b ${SIGNING}"},"payload_secrets":[{"name":"GITHUB_TOKEN","at":"/token"}]"#))
        #expect(try await run(["delete"] + of).status == 0)
        #expect(try await run(["add"] + of + ["--url", "http://a.example/"]).status == 1)
        let mint = try await stage.place.run(
            ["token", "create", "--name", "w", "--role", "relay", "--team", "research", "--webhook", "deploy"])
        #expect(mint.status == 1 && mint.errors.contains("no webhook"))
        await stage.end()
    }

    @Test("takes a destination's problem for the destination's, shows it, and fails")
    func problem() async throws {
        let stage = try await RelayStage()
        let admin = stage.place.client(of: stage.broker, as: stage.place.admin)
        #expect(try await stage.add("deploy", to: "/problem", #","answer":"body""#).status == 201)
        let refused = try await stage.place.run(
            ["webhook", "test", "--team", "research", "--name", "deploy"], admin)
        #expect(refused.status == 1 && refused.errors.contains("the destination answered with status 401"))
        #expect(refused.output == #"{"code": "unauthenticated", "detail": "bad key"}"# + "\n")
        await stage.end()
    }

    @Test("takes nothing that a terminal would obey, and shows what an old catalog has of it")
    func controls() async throws {
        let stage = try await RelayStage()
        let admin = stage.place.client(of: stage.broker, as: stage.place.admin)
        let of = ["--team", "research", "--name", "deploy"]
        func run(_ arguments: [String]) async throws -> BrokerBinary.Finished {
            try await stage.place.run(["webhook"] + arguments, admin)
        }
        let settings = ["--url", stage.receiver.url("/verify/hex"), "--confirm"]
        for hostile in [["--header", "X-A: \u{9B}2J"], ["--payload-secret", "GITHUB_TOKEN=/a\u{202E}b"]] {
            let refused = try await run(["add"] + of + settings + hostile)
            #expect(refused.status == 1 && refused.errors.contains("(invalid_request)"))
        }
        #expect(try await run(["add"] + of + settings + ["--payload-secret", "GITHUB_TOKEN=/a"]).status == 0)
        let hostile = try await run(["edit"] + of + ["--header", "X-A: \u{1B}]52;c;aGk=\u{7}"])
        #expect(hostile.status == 1 && hostile.errors.contains("(invalid_request)"))
        _ = try await stage.place.sql(
            "UPDATE webhook_payload_secret SET at = '/a' || char(155) || '2J' || char(8238) || char(10);"
                + "UPDATE webhook SET answer = answer")
        let told = try await stage.place.run(["webhook", "test"] + of + ["--payload", "-"], input: "{}", admin)
        #expect(told.status == 1 && told.errors.contains(#": /a\xc2\x9b2J\xe2\x80\xae\x0a ("#))
        await stage.end()
    }
}
