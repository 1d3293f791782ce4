import Broker
import Glibc
import Support
import Testing

@Suite("A command")
struct CommandTests {
    @Test("adds a value from standard input or a file, byte for byte, and warns of a newline at its end")
    func secretCommands() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.client(of: broker, as: place.admin)
        let key = ["--team", "research", "--name", "KEY"]

        let added = try await place.run(["secret", "add"] + key, input: "from standard input\n", admin)
        #expect(added.status == 0)
        #expect(added.output.hasPrefix("added KEY, version "))
        #expect(added.errors.contains("warning: the value ends with a newline"))
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == #"from standard input\n"#)

        let file = try place.write("from a file \"é\"", to: "value")
        let rotated = try await place.run(["secret", "rotate", "--value-file", file] + key, admin)
        #expect(rotated.status == 0)
        #expect(rotated.errors.isEmpty)
        let resolver = place.client(of: broker, as: place.resolver)
        let resolved = try await place.run(["resolve", "--team", "research"], input: "a ${KEY} $${KEY} b", resolver)
        #expect(resolved.output == "a from a file \"é\" ${KEY} b")

        let list = ["secret", "list", "--team", "research"]
        #expect(try await place.run(list, admin).output.contains("KEY "))
        #expect(try await place.run(list + ["--json"], admin).output.hasSuffix("}\n"))
        let webhooks = try await place.run(["webhook", "list", "--team", "research", "--json"], admin)
        #expect(webhooks.output.hasSuffix("}\n"))
        let unknown = try await place.run(list, place.client(of: broker, as: "sbt_wrong"))
        #expect(unknown.errors.contains("SECRET_BROKER_TOKEN is unknown, revoked or expired: "))
        #expect(try await place.run(["secret", "describe"] + key, admin).output.contains(#""automation":"test""#))
        let inUse = try await place.run(["secret", "delete"] + key, admin)
        #expect(inUse.status == 1)
        #expect(inUse.errors.contains("test (secret_in_use)"))
        #expect(try await place.run(["secret", "delete", "--force"] + key, admin).status == 0)
        #expect(
            try await place.run(["resolve", "--team", "research"], input: "${KEY}", resolver).errors.contains("KEY"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("that needs a broker says so when there is no token, or nobody answers")
    func clientErrors() async throws {
        let place = try await Installation()
        let list = ["secret", "list", "--team", "research"]
        let noToken = try await place.run(list)
        #expect(noToken.status == 1)
        #expect(noToken.errors.contains("SECRET_BROKER_TOKEN"))
        let nobody = try await place.run(
            list, ["SECRET_BROKER_TOKEN": "sbt_x", "SECRET_BROKER_URL": "http://127.0.0.1:1"])
        #expect(nobody.status == 1)
        #expect(nobody.errors.contains("no broker answers at http://127.0.0.1:1"))
        let plain = try await place.run(
            list, ["SECRET_BROKER_TOKEN": "sbt_x", "SECRET_BROKER_URL": "http://broker.example"])
        #expect(plain.errors.contains("must be https"))
        #expect(!nobody.errors.contains("speaks https"))
        await place.end()
    }

    @Test("warns of a password that others on the machine can see, and does not repeat it")
    func visiblePassword() async throws {
        let url = "postgres://u:s3cret@127.0.0.1:1/d"
        let place = try await Installation()
        for command in ["token list --catalog \(url)", "catalog copy --to \(url)", "serve --catalog \(url)"] {
            let refused = try await place.run(command.split(separator: " ").map(String.init))
            #expect(refused.status == 1)
            #expect(refused.errors.contains("the password in --"), "\(refused.errors)")
            #expect(!refused.errors.contains("s3cret"))
        }
        let unseen = try await place.run(["token", "list"], ["SECRET_BROKER_CATALOG": url])
        #expect(!unseen.errors.contains("the password in"), "\(unseen.errors)")
        await place.end()
    }

    @Test("lists and revokes tokens, whose text it shows once")
    func tokenCommands() async throws {
        let place = try await Installation()
        let made = try await place.run(
            [
                "token", "create", "--name", "ci", "--role", "resolver", "--team", "research", "--secrets", "A,B",
                "--json",
            ])
        let id = try #require(made.output.firstMatch(of: /"id":"(tok_[0-9a-f]+)"/)).1
        let text = try #require(made.output.firstMatch(of: /"token":"(sbt_[^"]+)"/)).1
        let list = try await place.run(["token", "list"])
        #expect(list.output.contains(id))
        #expect(!list.output.contains(text))
        let titles = list.output.split(separator: "\n").first?.split(separator: " ")
        #expect(titles == ["ID", "NAME", "ROLE", "TEAM", "EXPIRES", "CREATED", "BY", "LIMIT"])
        let line = try #require(list.output.split(separator: "\n").first { $0.contains(id) }).split(separator: " ")
        #expect(line.suffix(2) == ["operator", "A,B"] && line.contains("never"))
        let json = try await place.run(["token", "list", "--json"]).output
        #expect(json.contains(#""minted_by":"operator""#))
        let revoked = try await place.run(["token", "revoke", String(id)])
        #expect(revoked.status == 0 && revoked.output == "revoked ci (\(id))\n")
        #expect(try await place.run(["token", "revoke", String(id)]).status == 1)
        #expect(!(try await place.run(["token", "list"]).output.contains(id)))
        await place.end()
    }

    @Test("says which tokens a revocation ended with the one that was named, and which go on")
    func revocation() async throws {
        let place = try await Installation()
        let lead = try await Installation.token(["--role", "admin"], place.environment)
        let broker = try await place.serve()
        let client = APIClient(place.http, url: broker.url, token: lead)
        func mint(_ name: String, _ more: String) async throws -> String {
            let made = try await client.call("POST", "/v1/tokens", #"{"name":"\#(name)","team":"research",\#(more)}"#)
            return String(try #require(made.body.firstMatch(of: /"id":"(tok_[0-9a-f]+)"/)?.1))
        }
        _ = try await client.call(
            "POST", "/v1/teams/research/webhooks", #"{"name":"deploy","url":"https://hooks.example.com/"}"#)
        _ = try await mint("bob", #""role":"member""#)
        let relay = try await mint("wb", #""role":"relay","webhook":"deploy""#)
        let revoked = try await place.run(["token", "revoke", "-"], input: lead)
        #expect(
            revoked.output.contains(
                /^revoked test \(tok_[0-9a-f]+\) and 1 token that it made: bob; still valid: relay token wb \(/))
        #expect(revoked.output.hasSuffix("wb (\(relay))\n"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("makes no token that nobody gets, and says what a token is for that is not there yet")
    func madeForNothing() async throws {
        let place = try await Installation()
        let before = try await place.run(["token", "list"]).output
        for form in ["", " --json"] {
            let refused = try ChildProcess(
                "/bin/sh",
                ["-c", "exec \(BrokerBinary.path) token create --name lost --role admin\(form) > /dev/full"],
                place.environment)
            #expect(await refused.ended() == 1)
            #expect(refused.errors.contains("so it was revoked again"), "\(refused.errors)")
        }
        #expect(try await place.run(["token", "list"]).output == before)
        let create = ["token", "create", "--name", "ci", "--role", "resolver", "--secrets", "A,B", "--team"]
        #expect(try await place.run(create + ["reserch"]).errors.contains("the team reserch had nothing yet"))
        let known = try await place.run(create + ["research"])
        #expect(known.status == 0)
        #expect(known.errors.hasSuffix("the team research does not have these secrets yet: A, B\n"))
        let broker = try await place.serve()
        let list = ["secret", "list", "--team", "nobody"]
        let listed = try await place.run(list, place.client(of: broker, as: place.admin))
        #expect(listed.status == 0 && listed.errors.hasPrefix("the team nobody has no secret: "))
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("revokes a token that was found by its text, which it never repeats")
    func foundToken() async throws {
        let place = try await Installation()
        let asArgument = try await place.run(["token", "revoke", place.resolver])
        #expect(asArgument.status == 1)
        #expect(!asArgument.errors.contains(place.resolver))
        #expect(asArgument.errors.contains("standard input"))
        #expect(try await place.run(["token", "revoke", "-"], input: place.resolver + "\n").status == 0)
        let again = try await place.run(["token", "revoke", "-"], input: place.resolver + "\n")
        #expect(again.status == 1)
        #expect(!again.errors.contains(place.resolver))
        let broker = try await place.serve()
        #expect(try await place.asResolver(broker).resolve("KEY").status == 401)
        #expect(try await place.asAdmin(broker).call("GET", "/v1/status").status == 200)
        // What asks other programs to read their settings again ends nothing.
        kill(broker.processID, SIGHUP)
        #expect(try await place.asAdmin(broker).call("GET", "/v1/status").status == 200)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("says how to choose another address where one is taken: serve by its setting, dev by its option")
    func takenAddress() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let address = String(broker.url.dropFirst("http://".count))
        for (command, option) in [("serve", "SECRET_BROKER_LISTEN"), ("dev", "--listen")] {
            let refused = try await place.run([command, "--listen", address])
            #expect(refused.status == 1)
            #expect(
                refused.errors.contains("\(address) is in use: end what listens there, or set \(option) to another"),
                "\(refused.errors)")
            #expect(!refused.errors.contains("the catalog cannot be used"))
        }
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("that cannot tell when it is ready does not start")
    func readyFile() async throws {
        let place = try await Installation()
        for command in [["serve"], ["dev", "--listen", "127.0.0.1:0"]] {
            let refused = try await place.run(command + ["--ready-file", "/nonexistent/ready"])
            #expect(refused.status == 1)
            #expect(refused.errors.contains("/nonexistent/ready cannot be written"))
        }
        let backup = try await place.run(["catalog", "backup", place.catalog + "-folder/catalog.db"])
        #expect(backup.status == 1)
        #expect(backup.errors.contains("see its folder"))
        await place.end()
    }

    @Test("verifies the audit log: a changed record and a lost end are found")
    func auditVerify() async throws {
        let place = try await Installation()
        let intact = try await place.run(["audit", "verify"])
        let head = try #require(intact.output.firstMatch(of: /head (\d+:[0-9a-f]{64})/)).1
        #expect(try await place.run(["audit", "verify", "--head", String(head)]).status == 0)
        #expect(try await place.run(["audit", "export"]).output.split(separator: "\n").count == 2)

        _ = try await place.sql("DROP TRIGGER audit_goes_by_pruned_segments; DELETE FROM audit WHERE seq = 2")
        #expect(try await place.run(["audit", "verify"]).status == 0)
        let cut = try await place.run(["audit", "verify", "--head", String(head)])
        #expect(cut.status == 1)
        #expect(cut.errors.contains("the end of the audit log is missing"))

        _ = try await place.sql(
            "DROP TRIGGER audit_is_append_only; UPDATE audit SET record = replace(record, 'test', 'best')")
        _ = try await place.sql("UPDATE audit SET record = replace(record, 'operator', 'nobody')")
        let changed = try await place.run(["audit", "verify"])
        #expect(changed.status == 1)
        #expect(changed.errors.contains("record 1 of the audit log was changed"))
        await place.end()
    }

    @Test("reports drift: what was removed behind the broker's back is refused, and rotating mends it")
    func drift() async throws {
        let place = try await Installation()
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("KEY", "one").status == 201)
        let object = try #require(await place.objects().first)
        #expect(try await place.run(["reconcile"]).status == 0)
        await place.remove(object)
        let found = try await place.run(["reconcile"])
        #expect(found.status == 1)
        #expect(found.output.contains("drift: research/KEY"))
        #expect(found.errors.contains("1 secret was changed in the store: rotate what"))
        let list = ["secret", "list", "--team", "research"]
        let listed = try await place.run(list, place.client(of: broker, as: place.admin)).output
        #expect(listed.contains(/DRIFT\nKEY .* absent\n/))
        let lost = try await resolver.resolve("KEY")
        #expect(lost.code == "value_lost")
        #expect(lost.status == 502)
        #expect(try await admin.rotate("KEY", "two").status == 200)
        #expect(try await resolver.resolve("KEY").resolved == "two")
        #expect(try await place.run(["reconcile", "--dry-run"]).status == 0)
        #expect(await broker.end() == 0)
        await place.end()
    }
}
