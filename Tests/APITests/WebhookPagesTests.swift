import Broker
import Store
import Support
import Testing
import Transport

@testable import API

@Suite("Webhooks")
struct WebhookPagesTests {
    static let home = "/teams/research/webhooks"
    static let new = home + "/new"
    static let hook = home + "/deploy"
    private static let fields =
        "access-token=&signing-secret=&signature-encoding=hex&headers=&payload-secrets=&payload=&verify-with="
        + "&answer=status"

    /// The fields of a form, some of them filled in.
    func form(_ filled: String, revision: String = "") -> String {
        let names = filled.split(separator: "&").compactMap { $0.split(separator: "=").first }
        let others = Self.fields.split(separator: "&").filter { field in !names.contains { field.hasPrefix("\($0)=") } }
        return ([Substring(filled), "revision=\(revision)"] + others).joined(separator: "&")
    }

    func create(_ person: Person, _ more: String = "") async throws -> APIClient.Answer {
        try await person.post(
            Self.new, form("name=deploy&url=https%3A%2F%2Fhooks.example.com%2Fx" + (more.isEmpty ? "" : "&" + more)))
    }

    func stored(_ world: PagesWorld, _ name: String = "deploy") async throws -> WebhookRecord? {
        try await world.catalog.catalog.webhook(WebhookName(name)!, in: TeamName("research")!)
    }

    func revision(_ page: APIClient.Answer) throws -> String {
        String(try #require(page.body.firstMatch(of: /name="revision" value="([^"]+)"/)?.1))
    }

    @Test("are made by a team's admin, and confirmed by an admin only, exactly as they were shown")
    func createAndConfirm() async throws {
        try await PagesWorld.run { world in
            let teamAdmin = try await world.signedIn(.teamAdmin, name: "tina")
            _ = try await teamAdmin.post("/teams/research/secrets/new", "name=TOKEN&value=x")
            let answer = try await create(
                teamAdmin, "access-token=TOKEN&payload-secrets=TOKEN+%2Fa%2Fb%0D%0A&headers=X-Key%3A+k+%24%7BTOKEN%7D")
            #expect(answer.location == Self.home)
            let record = try #require(try await stored(world))
            #expect(!record.isConfirmed && record.webhook.headers.map(\.value) == ["k ${TOKEN}"])
            #expect(record.webhook.payloadSecrets.map(\.at.text) == ["/a/b"])
            let list = try await teamAdmin.get(Self.home).body
            for words in ["Webhook saved. It delivers nothing", "Not confirmed", "in the payload at /a/b"] {
                #expect(list.contains(words))
            }
            #expect(!list.contains("deploy/confirm"))
            let fields = "url=https%3A%2F%2Fhooks.example.com%2Fx&revision=\(record.revision)"
            #expect(try await teamAdmin.get(Self.hook + "/confirm").status == 403)
            _ = try await teamAdmin.post(Self.hook + "/confirm", fields)
            #expect(try await stored(world)?.isConfirmed == false)

            let admin = try await world.signedIn(.admin)
            #expect(try await admin.get(Self.home).body.contains("deploy/confirm"))
            let page = try await admin.get(Self.hook + "/confirm")
            #expect(page.body.contains("https://hooks.example.com/x") && page.body.contains("as the access token"))
            for wrong in [
                "url=https%3A%2F%2Fhooks.example.com%2Fy&revision=\(record.revision)",
                "url=https%3A%2F%2Fhooks.example.com%2Fx&revision=other", "url=&revision=\(record.revision)",
            ] {
                #expect(try await admin.post(Self.hook + "/confirm", wrong).location == Self.hook + "/confirm")
                #expect(try await admin.get(Self.hook + "/confirm").body.contains("Somebody else changed the webhook"))
            }
            #expect(try await stored(world)?.isConfirmed == false)
            #expect(
                try await admin.post(Self.hook + "/confirm", "url=\(Self.url)&revision=\(try revision(page))").location
                    == Self.home)
            #expect(try await stored(world)?.isConfirmed == true)
        }
    }

    @Test("are confirmed by whoever was shown all that they send, and what W&B is told")
    func confirmingShowsAll() async throws {
        try await PagesWorld.run { world in
            let teamAdmin = try await world.signedIn(.teamAdmin, name: "tina")
            let admin = try await world.signedIn(.admin)
            func shows(_ words: [String]) async throws {
                let page = try await admin.get(Self.hook + "/confirm").body
                for words in words { #expect(page.contains(words), "\(words)") }
            }
            _ = try await teamAdmin.post("/teams/research/secrets/new", "name=TOKEN&value=x")
            _ = try await create(teamAdmin)
            try await shows([
                "It names no secret.", "It has none of its own.", "the status of the answer, and nothing else",
                "needs no signature",
            ])
            let settings =
                "url=\(Self.url)&signing-secret=TOKEN&signature-encoding=base64&verify-with=TOKEN&answer=body"
                + "&headers=X-Key%3A+k+%24%7BTOKEN%7D%0D%0AX-Plain%3A+%3Cb%3E&payload-secrets=TOKEN+%2Fa%2Fb"
            let opened = try #require(try await stored(world)?.revision)
            _ = try await teamAdmin.post(Self.hook + "/edit", form(settings, revision: opened))
            try await shows([
                "<code>X-Key: k ${TOKEN}</code>", "<code>X-Plain: &lt;b&gt;</code>", "in the payload at /a/b",
                "signs each delivery", "The signature is in Base64.", "verifies W&amp;B&#39;s signature",
                "the status of the answer and its body",
            ])
            // As it may be in a catalog, but cannot be made any more.
            let old = try Webhook(
                name: WebhookName("deploy")!, url: WebhookURL("https://hooks.example.com/x")!,
                headers: [WebhookHeader("X-Old", "a\u{202E}b\u{9B}c")],
                payloadSecrets: [.init(name: SecretName("TOKEN")!, at: JSONPointer("/a\u{2066}")!)])
            _ = try await world.catalog.catalog.replace(
                old, in: TeamName("research")!, revision: nil, confirmed: false, by: .operatorsShell(requestID: "test")
            ).get()
            try await shows([#"<code>X-Old: a\xe2\x80\xaeb\xc2\x9bc</code>"#, #"in the payload at /a\xe2\x81\xa6"#])
        }
    }

    static let url = "https%3A%2F%2Fhooks.example.com%2Fx"

    @Test("tell what they name that is not there, on their page, before they are confirmed, and in the API's answers")
    func warnings() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            let bearer = HTTPHeader("Authorization", "Bearer \(try await world.token(.admin).text)")
            func warned() async throws -> [String] {
                let answer = try await world.send("GET", "/v1" + Self.hook, [bearer])
                return answer.body.matches(of: #/"message":"([^"]+)"/#).map { String($0.1) }
            }
            _ = try await admin.post(
                Self.new, form("name=deploy&url=https%3A%2F%2F10.0.0.7%2Fx&access-token=TOKEN&verify-with=KEY"))
            let warnings = try await warned()
            #expect(warnings.count == 2 && warnings.allSatisfy(\.isClause), "\(warnings)")
            for path in [Self.home, Self.hook + "/confirm"] {
                let page = try await admin.get(path).body
                for word in ["names KEY, TOKEN, which", "add them, or", "an address that webhooks may not reach"] {
                    #expect(page.contains("The webhook deploy ") && page.contains(word), "\(path): \(word)")
                }
            }
            _ = try await admin.post("/teams/research/secrets/new", "name=TOKEN&value=x")
            let one = "names KEY, which the team does not have: add that secret, or change the webhook"
            #expect(try await warned().contains { $0.hasSuffix(one) })
            _ = try await admin.post("/teams/research/secrets/new", "name=KEY&value=x")
            #expect(try await warned().count == 1)
            let revision = try #require(try await stored(world)?.revision)
            let changed = form("url=\(Self.url)&access-token=TOKEN", revision: revision)
            _ = try await admin.post(Self.hook + "/edit", changed)
            #expect(try await warned().isEmpty)
            #expect(!(try await admin.get(Self.home).body.contains("which the team does not have")))
        }
    }

    @Test("are disarmed by any change, and the form says so before")
    func editDisarms() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await create(admin, "confirm=yes")
            #expect(try await stored(world)?.isConfirmed == true)
            let page = try await admin.get(Self.hook + "/edit")
            #expect(page.body.contains("Saving disarms this webhook"))
            let opened = try revision(page)
            _ = try await admin.post(Self.hook + "/edit", form("url=\(Self.url)", revision: opened))
            #expect(try await stored(world)?.isConfirmed == false)
            // Whoever was faster is not overwritten unseen.
            _ = try await admin.post(Self.hook + "/edit", form("url=https%3A%2F%2Fevil.example", revision: opened))
            #expect(try await stored(world)?.webhook.url.text == "https://hooks.example.com/x")
            #expect(try await admin.get(Self.hook + "/edit").body.contains("Somebody else changed the webhook"))
        }
    }

    @Test("are not confirmed at once by a team's admin, who gets back what was typed")
    func noConfirming() async throws {
        try await PagesWorld.run { world in
            let teamAdmin = try await world.signedIn(.teamAdmin)
            #expect(try await create(teamAdmin, "confirm=yes").location == Self.new)
            #expect(try await stored(world) == nil)
            let page = try await teamAdmin.get(Self.new).body
            #expect(page.contains("Your token may not do that") && page.contains("value=\"deploy\""))
            #expect(!page.contains("name=\"confirm\""))
        }
    }

    @Test(
        "tell what is wrong in a sentence, and keep what was typed, once",
        arguments: [
            ("name=Deploy&url=https%3A%2F%2Fa.example", "a team&#39;s or webhook&#39;s is 1 to 64"),
            ("name=deploy&url=http%3A%2F%2Fa.example", "A webhook&#39;s URL is https://"),
            ("name=deploy&url=https%3A%2F%2Fa.example&headers=x", "Write each header as Name: value, one a line."),
            ("name=deploy&url=https%3A%2F%2Fa.example&headers=Host%3Ax", "A header that carries the message"),
            ("name=deploy&url=https%3A%2F%2Fa.example&payload-secrets=TOKEN", "Write each payload secret as NAME"),
            ("name=deploy&url=https%3A%2F%2Fa.example&payload-secrets=T+x", "a JSON pointer such as"),
            ("name=taken&url=https%3A%2F%2Fa.example", "The team has a webhook of this name already"),
            ("name=deploy&url=https%3A%2F%2Fa.example&access-token=NONE&confirm=yes", "add NONE first"),
        ])
    func refusals(_ filled: String, _ sentence: String) async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post(Self.new, form("name=taken&url=\(Self.url)"))
            _ = try await admin.get(Self.home)
            let before = try await stored(world, "taken")
            #expect(try await admin.post(Self.new, form(filled)).location == Self.new)
            let page = try await admin.get(Self.new).body
            #expect(page.contains(sentence), "\(sentence)")
            #expect(page.contains("a.example"))
            #expect(!(try await admin.get(Self.new).body.contains("a.example")))
            #expect(try await stored(world) == nil)
            #expect(try await stored(world, "taken") == before)
        }
    }

    @Test("have their pointers proposed from a pasted payload, which is not kept, and save nothing by that")
    func proposal() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post("/teams/research/secrets/new", "name=TOKEN&value=x")
            let payload =
                "%7B%22client_payload%22%3A%7B%22token%22%3A%22%24%7BTOKEN%7D%22%7D%2C%22list%22%3A%5B%22%24%7BTOKEN%7D"
                + "%22%5D%2C%22a%22%3A%22%24%7Balias%7D%24%7BNOPE%7D%22%7D"
            // With and without the button that says so.
            for more in ["&do=propose", ""] {
                #expect(try await create(admin, "payload=\(payload)\(more)").location == Self.new)
                let page = try await admin.get(Self.new).body
                #expect(page.contains("TOKEN /client_payload/token</textarea>"))
                #expect(page.contains("<code>${TOKEN}</code> stands in a list"))
                #expect(page.contains("<code>${NOPE}</code> is no secret of this team"))
                #expect(!page.contains("<code>${alias}"))
                #expect(page.contains("value=\"https://hooks.example.com/x\"") && !page.contains("list&quot;"))
            }
            _ = try await create(admin, "do=propose")
            #expect(try await admin.get(Self.new).body.contains("Paste the automation&#39;s payload first."))
            _ = try await create(admin, "payload=%7B%24&do=propose")
            #expect(try await admin.get(Self.new).body.contains("This is not JSON"))
            _ = try await create(admin, "payload=%7B%7D&do=propose")
            #expect(try await admin.get(Self.new).body.contains("The payload has no ${NAME}"))
            #expect(try await stored(world) == nil)
        }
    }

    @Test("are saved by Enter in a field, which presses the form's first button")
    func firstButton() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await create(admin)
            for path in [Self.new, Self.hook + "/edit"] {
                let page = try await admin.get(path).body
                let form = try #require(page.firstRange(of: "<form method=\"post\" action=\"\(path)\""))
                let button = try #require(page[form.upperBound...].firstMatch(of: /<button([^>]*)>/)).1
                #expect(!button.contains("name=") && !button.contains("formnovalidate"), "\(button)")
                #expect(button.contains("tabindex=\"-1\"") && button.contains("aria-hidden=\"true\""))
            }
        }
    }

    @Test("are deleted with their tokens, and named by the page that deletes a secret of theirs")
    func delete() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post("/teams/research/secrets/new", "name=TOKEN&value=x")
            _ = try await create(admin, "access-token=TOKEN")
            #expect(try await admin.get("/teams/research").body.contains("The webhook <b>deploy</b> names it"))
            let page = try await admin.get("/teams/research/secrets/TOKEN/delete").body
            #expect(page.contains("The webhook <b>deploy</b> names it") && page.contains("value=\"told\""))
            _ = try await admin.post("/teams/research/secrets/TOKEN/delete", "version=x&in-use=")
            #expect(try await world.names() == ["TOKEN"])
            _ = try await admin.post(Self.hook + "/relay", "name=wandb")
            let shown = try revision(try await admin.get(Self.hook + "/delete"))
            _ = try await admin.post(Self.hook + "/confirm", "url=\(Self.url)&revision=\(shown)")
            #expect(
                try await admin.post(Self.hook + "/delete", "revision=\(shown)").location == Self.hook + "/delete")
            #expect(try await stored(world)?.isConfirmed == true)
            let present = try revision(try await admin.get(Self.hook + "/delete"))
            #expect(try await admin.post(Self.hook + "/delete", "revision=\(present)").location == Self.home)
            #expect(try await stored(world) == nil)
            #expect(try await admin.get(Self.hook + "/delete").status == 404)
            let tokens = try await world.catalog.catalog.tokens(of: TeamName("research")!)
            #expect(tokens.allSatisfy { $0.grant.role != .relay })
            #expect(!(try await admin.get("/teams/research/secrets/TOKEN/delete").body.contains("names it")))
        }
    }

    @Test("called new, or with any other name, have their pages")
    func named() async throws {
        try await PagesWorld.run { world in
            let admin = try await world.signedIn(.admin)
            _ = try await admin.post(Self.new, form("name=new&url=\(Self.url)"))
            #expect(try await admin.get(Self.new + "/edit").body.contains("Edit webhook new"))
        }
    }
}
