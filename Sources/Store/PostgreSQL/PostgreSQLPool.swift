import Broker
import Logging
import NIOConcurrencyHelpers
import NIOPosix

/// A bounded number of connections, each used by one caller at a time, on a thread that may wait for it.
///
/// When one is lost, the database is out of reach: all idle ones are given up, and every caller is refused at once
/// until the database has been reached again, which is tried in the background, at intervals of up to 2 s. Once a
/// server of a later timeline was reached, which is a promoted standby, connections to earlier ones are no longer used:
/// one that is back and takes itself for the primary is passed over, wherever the URL names it.
final class PostgreSQLPool: Sendable {
    private let url: PostgreSQLURL
    private let logger: Logger
    private let threads: NIOThreadPool
    private let state: NIOLockedValueBox<State>

    /// The limit of the wait for a thread while all are in use.
    private let deadlines = Deadlines(after: .seconds(4))

    /// What has been idle for longer is not used: the network between may have forgotten it without a word.
    private let idleLimit: Duration

    private struct State {
        var idle: [Pooled] = []
        /// The number of connections, idle and in use.
        var count = 0
        var isReachable = true
        var isClosed = false
        /// The number of outages: what happens to a connection made before one tells nothing about the time after it.
        var outage = 0
        var timeline = 0
    }

    /// `@unchecked`: whoever takes it out of the state, under its lock, is the only one who has it.
    private struct Pooled: @unchecked Sendable {
        let connection: PostgreSQLConnection
        let outage: Int
        /// When it was made, or else last used.
        var since = ContinuousClock.now
    }

    /// - Parameters:
    ///   - first: a connection that has already been made.
    ///   - limit: the maximum number of connections, and of threads.
    init(
        _ url: PostgreSQLURL, first: sending PostgreSQLConnection, limit: Int, idleLimit: Duration = .seconds(60),
        logger: Logger
    ) {
        self.url = url
        self.idleLimit = idleLimit
        self.logger = logger
        threads = NIOThreadPool(numberOfThreads: limit)
        threads.start()
        let timeline = first.timeline
        let pooled = Pooled(connection: first, outage: 0)
        state = NIOLockedValueBox(State(idle: [pooled], count: 1, timeline: timeline))
    }

    /// The timeline of the latest server that was reached.
    var timeline: Int { state.withLockedValue(\.timeline) }

    /// Runs `body` with a connection of its own, which nobody else uses meanwhile.
    ///
    /// - Parameters:
    ///   - body: bounds its own waits. The second part of its answer is whether the connection can be used again.
    ///   - done: called with `unavailable` at once while the database is out of reach.
    func use<Value: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) -> (Result<Value, CatalogError>, Bool),
        then done: @escaping @Sendable (Result<Value, CatalogError>) -> Void
    ) {
        guard isOpen else { return done(.failure(.unavailable)) }
        let wait = BoundedWait.start(within: deadlines, boundsItself: true, then: done)
        threads.submit { work in
            guard wait.begin() else { return }
            wait.end(work == .active && self.isOpen ? self.run(body) : .failure(.unavailable))
        }
    }

    func close() {
        state.withLockedValue { $0.isClosed = true }
        dropIdle()
        threads.shutdownGracefully { _ in }
    }

    private var isOpen: Bool { state.withLockedValue { $0.isReachable && !$0.isClosed } }

    private func run<Value>(
        _ body: (PostgreSQLConnection) -> (Result<Value, CatalogError>, Bool)
    ) -> Result<Value, CatalogError> {
        let began = ContinuousClock.now
        if let idle = takeIdle() {
            let (result, isOfUse) = body(idle.connection)
            if isOfUse {
                keep(idle)
                return result
            }
            // The server ended it while it was idle, as when it restarts: nothing was done, so a new one may do it.
            guard case .failure(.unavailable) = result, .now - began < .seconds(1) else {
                giveUp(idle, why: "a connection was lost")
                return result
            }
            state.withLockedValue { $0.count -= 1 }
            dropIdle()
        }
        do throws(PostgreSQLConnection.Unreachable) {
            let new = try connect()
            let (result, isOfUse) = body(new.connection)
            if isOfUse { keep(new) } else { giveUp(new, why: "a connection was lost") }
            return result
        } catch {
            refuse(why: error.why)
            return .failure(.unavailable)
        }
    }

    /// An idle connection that the server has not ended meanwhile, and that was used lately.
    private func takeIdle() -> Pooled? {
        while let idle = state.withLockedValue({ $0.idle.popLast() }) {
            if ContinuousClock.now - idle.since < idleLimit, idle.connection.isUsable { return idle }
            state.withLockedValue { $0.count -= 1 }
        }
        return nil
    }

    /// Makes a connection and counts it.
    private func connect() throws(PostgreSQLConnection.Unreachable) -> Pooled {
        let outage = state.withLockedValue(\.outage)
        let first = try PostgreSQLConnection(url).prepared()
        if admit(first) { return Pooled(connection: first, outage: outage) }
        var why = ["a server answers that was replaced by its standby"]
        // libpq asks none beyond the first that can be written: so each is asked by itself.
        for server in url.servers(among: first.parameters) {
            do throws(PostgreSQLConnection.Unreachable) {
                let connection = try PostgreSQLConnection(server).prepared()
                if admit(connection) { return Pooled(connection: connection, outage: outage) }
            } catch {
                why.append(error.why)
            }
        }
        throw PostgreSQLConnection.Unreachable(why: why.joined(separator: "; "))
    }

    /// Counts a connection, unless its server was replaced. One to a later server replaces those that are idle.
    private func admit(_ connection: PostgreSQLConnection) -> Bool {
        let timeline = connection.timeline
        let (isCurrent, replaced) = state.withLockedValue { state -> (Bool, [Pooled]) in
            guard timeline >= state.timeline else { return (false, []) }
            state.count += 1
            guard timeline > state.timeline else { return (true, []) }
            defer { state.idle = [] }
            state.timeline = timeline
            state.count -= state.idle.count
            return (true, state.idle)
        }
        _ = consume replaced
        return isCurrent
    }

    private func keep(_ used: Pooled) {
        var pooled = used
        pooled.since = .now
        state.withLockedValue { state in
            let isCurrent = pooled.outage == state.outage && pooled.connection.timeline == state.timeline
            if state.isReachable, !state.isClosed, isCurrent { state.idle.append(pooled) } else { state.count -= 1 }
        }
    }

    private func dropIdle() {
        let idle = state.withLockedValue { state in
            defer { state.idle = [] }
            state.count -= state.idle.count
            return state.idle
        }
        _ = consume idle
    }

    /// Gives up a lost connection. If it is older than an outage that is over, that is no news.
    private func giveUp(_ pooled: Pooled, why: String) {
        state.withLockedValue { $0.count -= 1 }
        giveUp(during: pooled.outage, why: why)
    }

    /// Notes that no connection can be made. While there are others, their number is to blame, and they go on.
    private func refuse(why: String) {
        let (outage, count) = state.withLockedValue { ($0.outage, $0.count) }
        guard count == 0 else {
            return logger.warning("no more connections", metadata: ["catalog": "\(url.place)", "why": "\(why)"])
        }
        giveUp(during: outage, why: why)
    }

    private func giveUp(during outage: Int, why: String) {
        let isNews = state.withLockedValue { state in
            guard state.isReachable, state.outage == outage else { return false }
            state.isReachable = false
            state.outage += 1
            return true
        }
        guard isNews else { return }
        dropIdle()
        logger.error("the catalog is out of reach", metadata: ["catalog": "\(url.place)", "why": "\(why)"])
        Task { await reconnect() }
    }

    private func reconnect() async {
        var pause = Duration.milliseconds(20)
        while !state.withLockedValue(\.isClosed) {
            let isReached = try? await threads.runIfActive { [self] in
                guard let new = try? connect() else { return false }
                state.withLockedValue { $0.isReachable = true }
                keep(new)
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
    /// Applies the settings that every transaction relies on.
    func prepared() throws(Unreachable) -> PostgreSQLConnection {
        let deadline = ContinuousClock.now + PostgreSQLEngine.patience
        let settings: Row?
        do throws(PostgreSQLError) {
            settings = try execute(PostgreSQLSchema.settings, until: deadline).last
        } catch {
            throw Unreachable(why: "the server refuses the broker's settings (\(error))")
        }
        guard (try? settings?.text("fsync")) == "on" else { throw .notDurable }
        do throws(PostgreSQLError) {
            let row = try execute(PostgreSQLSchema.timeline, until: deadline).first
            timeline = (try? row?.integer("timeline")).map(Int.init) ?? 0
        } catch {
            switch error {
            // A server that merely speaks PostgreSQL's protocol may have no timeline.
            case .refused(.undefinedFunction), .refused(.insufficientPrivilege), .refused(.featureNotSupported): break
            // One that has, but is busy, must not be taken for one without.
            case .refused: throw Unreachable(why: "the server does not tell its timeline (\(error))")
            case .lost, .notReplicated: throw Unreachable(why: "the connection was lost")
            }
        }
        return self
    }
}
