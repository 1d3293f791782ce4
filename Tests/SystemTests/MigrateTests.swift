import Broker
import Simulator
import Support
import Testing

@Suite("Moving a team to another store, on the built program", .timeLimit(.minutes(3)))
struct MigrateTests {
    /// The default store in one namespace of a cloud, and another store in a second one.
    private func place(_ cloud: CloudKind) async throws -> (Installation, other: [String: String]) {
        let place = try await Installation(on: cloud)
        // In the query of a Kubernetes store stands the cluster's namespace.
        let uri = place.cloud.storeURI
            .replacing("://wandb", with: "://moved")
            .replacing("namespace=wandb", with: cloud == .kubernetes ? "namespace=wandb" : "namespace=moved")
        return (place, ["SECRET_BROKER_STORE_OTHER": uri])
    }

    @Test("moves secrets under a running broker without a failed resolve, and says so", arguments: CloudKind.allCases)
    func moves(_ cloud: CloudKind) async throws {
        let (place, other) = try await place(cloud)
        let broker = try await place.serve(other)
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        for number in 0..<5 { #expect(try await admin.add("KEY_\(number)", "value \(number)").status == 201) }

        async let resolved = (0..<60).asyncMap { try await resolver.resolve("KEY_\($0 % 5)").resolved }
        let dry = try await place.run(["migrate", "--team", "research", "--to", "other", "--dry-run"], other)
        #expect(dry.output.contains("5 secrets of research are not in other"))
        let moved = try await place.run(["migrate", "--team", "research", "--to", "other"], other)
        #expect(moved.status == 0, "\(moved.errors)")
        #expect(moved.output.contains("5 secrets of research are moved"))
        for (index, value) in try await resolved.enumerated() { #expect(value == "value \(index % 5)") }

        #expect(try await admin.add("LATER", "later").body.contains(#""store":"other""#))
        #expect(await broker.end() == 0)
        #expect(try await place.run(["reconcile"], other).status == 0)
        #expect(await place.objects().count == 6)
        #expect(await place.objects().allSatisfy { $0.hasPrefix("moved-") })
        #expect(try await place.run(["audit", "verify"], other).status == 0)
        await place.end()
    }

    @Test("moves nothing where a value is larger than the other store takes, and names it")
    func tooLarge() async throws {
        let place = try await Installation(on: .kubernetes)
        let cloud = try await CloudKind.azure.start(clock: TestCatalog.systemTime)
        let other = cloud.environment.merging(["SECRET_BROKER_STORE_AZURE": cloud.storeURI]) { $1 }
        let broker = try await place.serve(other)
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("LARGE", String(repeating: "x", count: 25_601)).status == 201)
        #expect(try await admin.add("SMALL", String(repeating: "x", count: 25_600)).status == 201)
        let refused = try await place.run(["migrate", "--team", "research", "--to", "azure"], other)
        #expect(refused.status == 1 && refused.errors.contains("nothing was moved: LARGE"), "\(refused.errors)")
        let mistyped = try await place.run(["migrate", "--team", "reserach", "--to", "azure"], other)
        #expect(mistyped.status == 1 && mistyped.errors.contains("knows no team reserach"), "\(mistyped.errors)")
        #expect(await cloud.objectNames().isEmpty)
        #expect(try await admin.add("LATER", "later").body.contains(#""store":"default""#))
        #expect(try await admin.rotate("LARGE", "small by now").status == 200)
        #expect(try await place.run(["migrate", "--team", "research", "--to", "azure"], other).status == 0)
        #expect(await cloud.objectNames().count == 3)
        #expect(await broker.end() == 0)
        await cloud.stop()
        await place.end()
    }

    @Test("leaves Kubernetes for a cloud's secret manager, and the warning with it")
    func leavesKubernetes() async throws {
        let place = try await Installation(on: .kubernetes)
        let cloud = try await CloudKind.aws.start(clock: TestCatalog.systemTime)
        let other = cloud.environment.merging(["SECRET_BROKER_STORE_AWS": cloud.storeURI]) { $1 }
        let broker = try await place.serve(other)
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("KEY", "value").body.contains("kubernetes_store_not_recommended"))
        #expect(try await place.run(["migrate", "--team", "research", "--to", "aws"], other).status == 0)
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == "value")
        let listed = try await admin.call("GET", "/v1/teams/research/secrets").body
        #expect(!broker.logged.contains("SECRET_BROKER_TEAM_STORES"))
        #expect(listed.contains(#""provider":"aws""#) && !listed.contains("kubernetes_store_not_recommended"))
        #expect(await broker.end() == 0)
        #expect(try await place.run(["reconcile"], other).status == 0)
        #expect(await place.objects().isEmpty)
        #expect(await cloud.objectNames().count == 1)
        // What the settings say of a team that was migrated is in vain.
        let again = try await place.serve(other.merging(["SECRET_BROKER_TEAM_STORES": "research=default"]) { $1 })
        #expect(again.logged.contains("`secret-broker migrate --team research --to default` moves them"))
        #expect(await again.end() == 0)
        await cloud.stop()
        await place.end()
    }

    @Test("is refused while a broker runs that has no such store, and for a store that is not configured")
    func refused() async throws {
        let (place, other) = try await place(.aws)
        let broker = try await place.serve()
        let stranger = try await place.run(["migrate", "--team", "research", "--to", "other"], other)
        #expect(stranger.status == 1)
        #expect(stranger.errors.contains("SECRET_BROKER_STORE_OTHER"))
        #expect(await broker.end() == 0)
        let unknown = try await place.run(["migrate", "--team", "research", "--to", "nowhere"], other)
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("default, other"))
        #expect(try await place.run(["migrate", "--team", "research", "--to", "other"], other).status == 0)
        #expect(try await place.run(["reconcile"]).status == 1)
        await place.end()
    }
}

extension Sequence where Self: Sendable, Element: Sendable {
    fileprivate func asyncMap<Result: Sendable>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
