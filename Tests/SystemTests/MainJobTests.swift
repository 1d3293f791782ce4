import Broker
import Simulator
import Support
import Testing

@Suite("The main job, on the built program")
struct MainJobTests {
    @Test(
        "a secret is added, resolved, rotated, resolved anew, deleted, and then unknown", arguments: CloudKind.allCases)
    func mainJob(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))

        let added = try await admin.add("GITHUB_TOKEN", "the first")
        #expect(added.status == 201)
        #expect(!added.body.contains("the first"))
        #expect(added.header("etag") == "\"\(added.version ?? "")\"")
        #expect(try await resolver.resolve("GITHUB_TOKEN").resolved == "the first")

        let rotated = try await admin.rotate("GITHUB_TOKEN", "the second")
        #expect(rotated.status == 200)
        #expect(rotated.version != added.version)
        #expect(try await resolver.resolve("GITHUB_TOKEN").resolved == "the second")

        #expect(try await admin.delete("GITHUB_TOKEN", force: false).code == "secret_in_use")
        #expect(try await admin.delete("GITHUB_TOKEN").status == 204)
        #expect(try await resolver.resolve("GITHUB_TOKEN").code == "unknown_variable")

        #expect(await broker.end() == 0)
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects() == [])
        #expect(try await place.run(["audit", "verify"]).output.hasPrefix("intact: "))
        await place.end()
    }
}
