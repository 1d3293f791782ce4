import Broker
import Logging
import NIOConcurrencyHelpers
import NIOPosix

/// A bounded number of connections, each used by one caller at a time, on a thread that may wait for it.
///
/// When one is lost, the database is out of reach: all idle ones are given up, and whoever asks is refused at once
/// until it has been reached again, which is tried in the background, at intervals of up to 2 s.
final class PostgreSQLPool: Sendable {
    private let url: PostgreSQLURL
    private let logger: Logger
    private let threads: NIOThreadPool
    private let state: NIOLockedValueBox<State>

    /// Of the wait for a thread while all are in use.
    private let deadlines = Deadlines(after: .seconds(4))

    private struct State {
        var idle: [Idle]
        var isReachable = true
        var isClosed = false
    }

    /// `@unchecked`: whoever takes it out of the state, under its lock, is the only one who has it.
    private struct Idle: @unchecked Sendable {
        let connection: PostgreSQLConnection
    }

    /// - Parameters:
    ///   - first: a connection that was made already.
    ///   - limit: of connections, and of threads.
    init(_ url: PostgreSQLURL, first: sending PostgreSQLConnection, limit: Int, logger: Logger) {
        self.url = url
        self.logger = logger
        threads = NIOThreadPool(numberOfThreads: limit)
        threads.start()
        state = NIOLockedValueBox(State(idle: [Idle(connection: first)]))
    }

    /// Runs `body` with a connection of its own, which nobody else uses meanwhile. Ends as it would have ended when the
    /// caller is cancelled.
    ///
    /// - Parameter body: bounds its own waits; the second part of its answer: whether the connection can be used again.
    /// - Throws: `unavailable` at once while the database is out of reach.
    func use<Value: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) -> (Result<Value, CatalogError>, Bool)
    ) async throws(CatalogError) -> Value {
        guard state.withLockedValue({ $0.isReachable && !$0.isClosed }) else { throw .unavailable }
        return try await BoundedWait.outcome(within: deadlines, boundsItself: true) { wait in
            self.threads.submit { work in
                guard wait.begin() else { return }
                wait.end(work == .active ? self.run(body) : .failure(.unavailable))
            }
        }.get()
    }

    func close() {
        state.withLockedValue { $0.isClosed = true }
        dropIdle()
        threads.shutdownGracefully { _ in }
    }

    private func run<Value>(
        _ body: (PostgreSQLConnection) -> (Result<Value, CatalogError>, Bool)
    ) -> Result<Value, CatalogError> {
        let began = ContinuousClock.now
        if let idle = takeIdle() {
            let (result, isOfUse) = body(idle)
            if isOfUse {
                keep(idle)
                return result
            }
            // The server ended it while it was idle, as at its restart: nothing was done, and a new one may do it.
            guard case .failure(.unavailable) = result, .now - began < .seconds(1) else {
                giveUp(why: "a connection was lost")
                return result
            }
            dropIdle()
        }
        do throws(PostgreSQLConnection.Unreachable) {
            let new = try connect()
            let (result, isOfUse) = body(new)
            if isOfUse { keep(new) } else { giveUp(why: "a connection was lost") }
            return result
        } catch {
            giveUp(why: error.why)
            return .failure(.unavailable)
        }
    }

    private func dropIdle() {
        let idle = state.withLockedValue { state in
            defer { state.idle = [] }
            return state.idle
        }
        _ = consume idle
    }

    /// One that the server has not ended meanwhile.
    private func takeIdle() -> PostgreSQLConnection? {
        while let idle = state.withLockedValue({ $0.idle.popLast() }) {
            if idle.connection.isUsable { return idle.connection }
        }
        return nil
    }

    private func connect() throws(PostgreSQLConnection.Unreachable) -> PostgreSQLConnection {
        try PostgreSQLConnection(url).prepared()
    }

    private func keep(_ connection: PostgreSQLConnection) {
        let idle = Idle(connection: connection)
        state.withLockedValue { state in
            if state.isReachable, !state.isClosed { state.idle.append(idle) }
        }
    }

    private func giveUp(why: String) {
        let isNews = state.withLockedValue { state in
            defer { state.isReachable = false }
            return state.isReachable
        }
        dropIdle()
        guard isNews else { return }
        logger.error("the catalog is out of reach", metadata: ["catalog": "\(url.place)", "why": "\(why)"])
        Task { await reconnect() }
    }

    private func reconnect() async {
        var pause = Duration.milliseconds(20)
        while !state.withLockedValue(\.isClosed) {
            let isReached = try? await threads.runIfActive { [self] in
                guard let connection = try? connect() else { return false }
                let idle = Idle(connection: connection)
                state.withLockedValue { state in (state.isReachable, state.idle) = (true, [idle]) }
                return true
            }
            if isReached == true {
                return logger.notice("the catalog is reached again", metadata: ["catalog": "\(url.place)"])
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }
}

extension PostgreSQLConnection {
    /// Set to what every transaction relies on.
    func prepared() throws(Unreachable) -> PostgreSQLConnection {
        do throws(PostgreSQLError) {
            try execute(PostgreSQLSchema.settings, until: .now + PostgreSQLEngine.patience)
            return self
        } catch {
            throw Unreachable(why: "the server refuses the broker's settings (\(error))")
        }
    }
}
