package import Broker
import Glibc
import NIOConcurrencyHelpers
import NIOPosix

/// Looks names up on a bounded number of threads of its own, since the system's resolver can take as long as it likes:
/// a slow name holds up only those who asked for it, and none of them beyond the deadline. A name counts for as long as
/// the resolver takes, so that a team whose names are all slow takes no more than its share.
package final class NameLookup: Sendable {
    package typealias Resolve = @Sendable (String) -> [IPAddress]

    private typealias Waiter = CheckedContinuation<Result<[IPAddress], TransportError>, Never>

    /// A name that one thread is looking up.
    private struct Running {
        /// The team that asked first.
        let team: TeamName
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct State {
        var running: [String: Running] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let share: Int
    private let resolve: Resolve
    private let deadlines: Deadlines
    /// One thread for each name that may be under way. They start with the first name.
    private let threads: NIOThreadPool
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - limit: the number of names under way at once.
    ///   - share: how many of them may be one team's.
    ///   - resolve: looks a name up, and may block.
    package init(
        limit: Int = 64, share: Int = 8, deadline: Duration = .seconds(3),
        resolve: @escaping Resolve = NameLookup.systemResolver
    ) {
        self.share = share
        self.resolve = resolve
        deadlines = Deadlines(after: deadline)
        threads = NIOThreadPool(numberOfThreads: limit)
    }

    deinit {
        threads.shutdownGracefully { _ in }
    }

    /// Looks up a name's addresses, in the resolver's order; empty when the name has none.
    /// - Throws: `overloaded` when too many names are being looked up; `timedOut`.
    package func addresses(of name: String, for team: TeamName) async throws(TransportError) -> [IPAddress] {
        var deadline: UInt64?
        defer { if let deadline { deadlines.end(deadline) } }
        return try await withCheckedContinuation { continuation in
            guard let (number, isFirst) = join(continuation, for: name, of: team) else {
                return continuation.resume(returning: .failure(.overloaded))
            }
            deadline = deadlines.start { self.giveUp(number, on: name) }
            if isFirst { start(name) }
        }.get()
    }

    /// Nil if too many names are being looked up.
    private func join(_ waiter: Waiter, for name: String, of team: TeamName) -> (number: UInt64, isFirst: Bool)? {
        state.withLockedValue { state in
            let isFirst = state.running[name] == nil
            if isFirst {
                guard state.running.count < threads.numberOfThreads,
                    state.running.values.count(where: { $0.team == team }) < share
                else { return nil }
            }
            state.lastWaiter += 1
            state.running[name, default: Running(team: team)].waiters[state.lastWaiter] = waiter
            return (state.lastWaiter, isFirst)
        }
    }

    private func start(_ name: String) {
        threads.start()
        threads.submit { [resolve] _ in self.finish(name, with: resolve(name)) }
    }

    private func finish(_ name: String, with found: [IPAddress]) {
        let running = state.withLockedValue { $0.running.removeValue(forKey: name) }
        for waiter in (running?.waiters ?? [:]).values { waiter.resume(returning: .success(found)) }
    }

    private func giveUp(_ number: UInt64, on name: String) {
        let waiter = state.withLockedValue { $0.running[name]?.waiters.removeValue(forKey: number) }
        waiter?.resume(returning: .failure(.timedOut))
    }

    /// Calls `getaddrinfo`.
    package static let systemResolver: Resolve = { name in
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, nil, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            // Each address comes once for every kind of socket.
            if let address = unsafe IPAddress(entry.pointee.ai_addr), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }
}
