import Broker
import Foundation
import Simulator
import Support
import Testing

/// Every call to every cloud, every way to fail, every operation: the answer is the documented one, and final; what is
/// in force is what was answered; and nothing but it is left at the provider.
@Suite("A broker whose store fails", .lanes, .timeLimit(.minutes(3)))
struct FaultMatrixTests {
    @Test("answers what is documented, and means it", arguments: FaultCase.all)
    func answers(_ cell: FaultCase) async throws {
        try await #require(Lanes.present).use(on: cell.cloud) { lane in
            var inForce: [String: String] = [:]
            for trial in trials(of: cell, on: lane) { inForce[trial.name] = try await trial.run() }
            try await expectSound(lane, after: cell.operation, inForce)
        }
    }

    /// Side by side, since each of them waits for as long as the driver does.
    @Test("gives up in time, and is not overtaken by what arrives late", arguments: FaultCase.timeouts)
    func timesOut(_ cell: FaultCase) async throws {
        try await #require(Lanes.present).use(on: cell.cloud) { lane in
            let inForce = try await withThrowingTaskGroup(of: (String, String).self) { group in
                for trial in trials(of: cell, on: lane) { group.addTask { (trial.name, try await trial.run()) } }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            try await lane.place.cloud.faults.release()
            try await expectSound(lane, after: cell.operation, inForce)
        }
    }

    /// The one simulated cloud that proves who it is shows a certificate that the broker does not trust.
    @Test("sends nothing to a store that cannot prove itself", arguments: Operation.allCases)
    func untrusted(_ operation: Operation) async throws {
        let receiver = try await #require(Lanes.present).sharedReceiver()
        let cloud = try await KubernetesSimulator.start(SimulatedKubernetesSettings(clock: TestCatalog.systemTime))
        let place = try await Installation(on: cloud)
        let trusting = try await place.serve(receiver.relaying)
        var relay: APIClient?
        if operation != .create {
            #expect(try await place.asAdmin(trusting).add("KEY", "value-1").status == 201)
            relay = try await place.asAdmin(trusting).webhook("key", with: "KEY", at: receiver)
        }
        #expect(await trusting.end() == 0)

        let authority = try #require(cloud.environment["KUBECONFIG"]).replacing("/config", with: "/ca.crt")
        let trusted = try String(contentsOfFile: authority, encoding: .utf8)
        _ = try cloud.write(try String(contentsOfFile: receiver.certificate, encoding: .utf8), to: "ca.crt")
        let calls = await cloud.calls()
        let broker = try await place.serve(receiver.relaying)
        let admin = place.asAdmin(broker)
        let answer =
            switch operation {
            case .create: try await admin.add("KEY", "value-2")
            case .rotate: try await admin.rotate("KEY", "value-2")
            case .delete: try await admin.delete("KEY")
            case .resolve: try await place.asResolver(broker).resolve("KEY")
            case .relay:
                try await APIClient(
                    place.http, url: relay!.url.replacing(trusting.url, with: broker.url), token: relay!.token
                )
                .call("POST", "", "{}")
            }
        #expect(answer.status == (operation == .delete ? 204 : 503))
        #expect(answer.code == (operation == .delete ? nil : "provider_unavailable"))
        #expect(await broker.end() == 0)
        #expect(await cloud.calls() == calls)
        #expect(!broker.hasLogged("value-"))

        _ = try cloud.write(trusted, to: "ca.crt")
        #expect(try await place.run(["reconcile"]).status == 0)
        #expect(await place.objects().count == (operation == .create || operation == .delete ? 0 : 1))
        await place.end()
    }

    private func trials(of cell: FaultCase, on lane: Lane) -> [FaultTrial] {
        guard case .effect = cell.trouble.cause else {
            return [
                FaultTrial(
                    lane: lane, operation: cell.operation, trouble: cell.trouble, call: nil, isLasting: true,
                    name: lane.newName())
            ]
        }
        return cell.operation.steps.filter(cell.trouble.steps.contains).flatMap { step in
            lane.place.callNames(of: step).flatMap { call in
                [false, true].map { isLasting in
                    FaultTrial(
                        lane: lane, operation: cell.operation, trouble: cell.trouble, call: (call, step),
                        isLasting: isLasting, name: lane.newName())
                }
            }
        }
    }

    /// After what is due has been purged: one object a secret and no other, each with its value, and no value in the log.
    /// Where nothing was written, nothing is due but what earlier cases left.
    private func expectSound(_ lane: Lane, after operation: Operation, _ inForce: [String: String]) async throws {
        let isWrite = operation != .resolve && operation != .relay
        if isWrite { #expect(try await lane.place.reconciled() == nil) }
        let objects = await lane.place.objects()
        if isWrite { #expect(objects.count == inForce.count, "\(objects.sorted())") }
        for (name, value) in inForce {
            #expect(objects.count { $0.contains(FaultTrial.subject(of: name)) } == 1, "\(name): \(objects.sorted())")
            #expect(try await lane.resolver.resolve(name).resolved == value, "\(name)")
            #expect(try await lane.admin.delete(name).status == 204)
        }
        #expect(!lane.broker.hasLogged("value-"))
    }
}
