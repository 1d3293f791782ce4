import Broker
import Simulator
import Support
import Testing

/// Secrets that were in the cloud before the broker.
@Suite("An adopted secret")
struct AdoptTests {
    private func adopt(_ object: String, _ place: Installation, as name: String = "KEY") async throws
        -> BrokerBinary.Finished
    {
        try await place.run(["secret", "adopt", "--team", "research", "--name", name, "--from", object])
    }

    @Test(
        "is read at its version, never written or deleted, and its newer version is drift until it is adopted again",
        arguments: [CloudKind.aws, .google, .azure])
    func adopted(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        await place.cloud.replace("console-made", with: Secret(text: "one"))
        let adopted = try await adopt("console-made", place)
        #expect(adopted.status == 0, "\(adopted.errors)")
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "5m"])
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await resolver.resolve("KEY").resolved == "one")
        let described = try await admin.call("GET", "/v1/teams/research/secrets/KEY")
        #expect(described.body.contains(#""code":"adopted""#))
        #expect(described.body.contains(#""adopted_from":"console-made""#))
        let record = try await place.run(["audit", "export"]).output.split(separator: "\n").last {
            $0.contains("secret:adopt")
        }
        #expect(record?.contains(#""adopted_from":"console-made""#) == true)
        #expect(try await place.run(["reconcile"]).status == 0)

        await place.cloud.replace("console-made", with: Secret(text: "two"))
        #expect(try await resolver.resolve("KEY").resolved == "one")
        let drifted = try await place.run(["reconcile"])
        #expect(drifted.status == 1 && drifted.output.contains("superseded, adopted from console-made"))
        #expect(drifted.errors.hasSuffix("1 adopted secret has a newer version in the store: adopt it again\n"))
        #expect(
            try await admin.call("GET", "/v1/teams/research/secrets/KEY").body.contains("adopt it again"))
        #expect(try await adopt("console-made", place).status == 0)
        // From the answer on, from whichever cache.
        #expect(try await resolver.resolve("KEY").resolved == "two")
        #expect(try await place.run(["reconcile"]).status == 0)
        let again = try await admin.call("GET", "/v1/teams/research/secrets/KEY")
        #expect(again.version != described.version)

        #expect(try await adopt("console-made", place, as: "OTHER").errors.contains("adopted as research/KEY"))
        #expect(try await admin.rotate("KEY", "own").status == 200)
        #expect(try await !admin.call("GET", "/v1/teams/research/secrets/KEY").body.contains("adopted_from"))
        #expect(try await resolver.resolve("KEY").resolved == "own")
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects().contains("console-made"))
        #expect(await place.objects().count == 2)
        #expect(try await adopt("console-made", place).errors.contains("has a secret of this name"))
        #expect(try await admin.delete("KEY").status == 204)
        #expect(try await adopt("console-made", place).status == 0)
        #expect(try await admin.delete("KEY").status == 204)
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects() == ["console-made"])
        #expect(await broker.end() == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }

    @Test("is none of the broker's own namespaces, none that cannot be read, and none of a store without versions")
    func refused() async throws {
        let place = try await Installation()
        await place.cloud.replace("console-made", with: Secret(text: "one"))
        for (object, why) in [
            ("wandb-research-key-aaaaaaaaaaaaaaaa", "namespace of the broker's own"),
            ("WANDB-anything", "namespace of the broker's own"), ("absent", "cannot be read (absent)"),
            ("no name", "is no name of a secret"), ("../secret", "cannot be read (absent)"),
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:elsewhere-AbCdEf", "is no name of a secret"),
            ("arn:aws:secretsmanager:us-east-1:123456789012:secret:wandb-x-AbCdEf", "namespace of the broker's own"),
        ] {
            let answer = try await adopt(object, place)
            #expect(answer.status == 1 && answer.errors.contains(why), "\(object): \(answer.errors)")
        }
        let reserved = try await adopt("console-made", place, as: "alias")
        #expect(reserved.status == 1 && reserved.errors.contains("variable of W&B's"))
        await place.end()

        let cluster = try await Installation(on: .kubernetes)
        let answer = try await adopt("console-made", cluster)
        #expect(answer.status == 1 && answer.errors.contains("has no versions"), "\(answer.errors)")
        await cluster.end()
    }
}
