import Broker
import NIOConcurrencyHelpers
import Simulator

/// A simulator with a clock that only the test moves, and a caller who may do anything.
final class World: Sendable {
    let simulator: AWSSimulator
    let caller: SignedCaller
    private let time: NIOLockedValueBox<Timestamp>

    static let start = Timestamp(milliseconds: 1_795_000_000_000)

    /// Runs `body` and stops the simulator.
    static func with(
        _ change: (inout SimulatedAWSSettings) -> Void = { _ in }, credential: AWSCredential = .random(temporary: true),
        _ body: (World) async throws -> Void
    ) async throws {
        let time = NIOLockedValueBox(start)
        var settings = SimulatedAWSSettings(clock: { time.withLockedValue { $0 } })
        settings.credentials = [credential]
        change(&settings)
        let simulator = try await AWSSimulator.start(settings)
        do {
            try await body(World(simulator, credential, time))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private init(_ simulator: AWSSimulator, _ credential: AWSCredential, _ time: NIOLockedValueBox<Timestamp>) {
        self.simulator = simulator
        self.time = time
        caller = SignedCaller(simulator: simulator, credential: credential, clock: { time.withLockedValue { $0 } })
    }

    func pass(_ duration: Duration) {
        time.withLockedValue { $0 = $0.adding(duration) }
    }

    func caller(as credential: AWSCredential) -> SignedCaller {
        SignedCaller(simulator: simulator, credential: credential, clock: caller.clock)
    }
}
