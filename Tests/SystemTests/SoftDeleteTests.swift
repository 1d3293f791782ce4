import Broker
import Simulator
import Support
import Testing

@Suite("Where a store keeps what is deleted", .timeLimit(.minutes(1)))
struct SoftDeleteTests {
    @Test(
        "a deleted name is free at once, the old value never comes back, and what is held is counted",
        arguments: [false, true])
    func purgeProtection(_ isOn: Bool) async throws {
        var settings = SimulatedAzureSettings()
        settings.identities = [.random()]
        settings.hasPurgeProtection = isOn
        let vault = try await AzureSimulator.start(settings)
        let place = try await Installation(on: vault)
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        for value in ["one", "two", "three"] {
            #expect(try await admin.add("KEY", value).status == 201)
            #expect(try await resolver.resolve("KEY").resolved == value)
            #expect(try await admin.delete("KEY").status == 204)
            #expect(try await resolver.resolve("KEY").code == "unknown_variable")
        }
        #expect(await broker.end() == 0)
        let reconciled = try await place.run(["reconcile"])
        #expect(reconciled.status == 0)
        #expect((reconciled.output + reconciled.errors).contains("\(isOn ? 3 : 0) held by their store"))
        #expect(await vault.objectNames().isEmpty)
        #expect(await vault.objects().count == (isOn ? 3 : 0))
        await place.end()
    }
}
