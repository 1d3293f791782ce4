import Broker
import Simulator
import Support
import Testing

/// Somebody works on the objects in the cloud's own console.
@Suite("Drift, on the built program")
struct DriftTests {
    private func described(_ place: Installation, _ broker: BrokerBinary) async throws -> String {
        try await place.asAdmin(broker).call("GET", "/v1/teams/research/secrets/KEY").body
    }

    private func drifted(_ place: Installation, _ broker: BrokerBinary) async throws -> String? {
        let metrics = try await place.asAdmin(broker).call("GET", "/metrics").body
        return metrics.firstMatch(of: /secret_broker_drifted_secrets\{store="default"\} (\d+)/).map { String($0.1) }
    }

    private func object(_ place: Installation) async throws -> String { try #require(await place.objects().first) }

    @Test(
        "what was removed is refused, told by the API, metric, log and reconcile, and mended by a rotation",
        arguments: CloudKind.allCases)
    func removed(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("KEY", "one").status == 201)
        #expect(try await drifted(place, broker) == "0")
        await place.remove(try await object(place))
        // For its first seconds an object that is not there may yet appear.
        let lost = try await resolver.resolve("KEY")
        #expect(lost.status == 502 && lost.code == "value_lost")
        #expect(try await resolver.resolve("KEY").code == "value_lost")
        let warning = try await described(place, broker)
        #expect(warning.contains(#""code":"drift_absent""#) || warning.contains(#""code":"drift_disabled""#))
        #expect(try await drifted(place, broker) == "1")
        let reconciled = try await place.run(["reconcile"])
        #expect(reconciled.status == 1 && reconciled.output.contains("drift: research/KEY"), "\(reconciled.output)")
        let audit = try await place.run(["audit", "export"]).output
        #expect(audit.split(separator: "\n").count { $0.contains("secret:drift") } == 1)
        #expect(try await admin.rotate("KEY", "two").status == 200)
        #expect(try await resolver.resolve("KEY").resolved == "two")
        #expect(try await drifted(place, broker) == "0")
        #expect(try await !described(place, broker).contains("drift_"))
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test(
        "what was put beside or in the place of a version never serves, and reconcile reports it",
        arguments: CloudKind.allCases)
    func replaced(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("KEY", "one").status == 201)
        await place.cloud.replace(try await object(place), with: Secret(text: "planted"))
        let answer = try await resolver.resolve("KEY")
        // Where objects have versions, the pinned one is still there.
        #expect(cloud == .kubernetes ? answer.code == "value_lost" : answer.resolved == "one")
        let reconciled = try await place.run(["reconcile"])
        #expect(reconciled.status == 1)
        #expect(reconciled.output.contains(cloud == .kubernetes ? ": absent" : ": superseded"), "\(reconciled.output)")
        #expect(try await described(place, broker).contains(cloud == .kubernetes ? "drift_absent" : "drift_superseded"))
        #expect(try await admin.rotate("KEY", "two").status == 200)
        #expect(try await resolver.resolve("KEY").resolved == "two")
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects().count == 1)
        #expect(await broker.end() == 0)
        await place.end()
    }
}
