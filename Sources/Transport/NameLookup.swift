import Glibc

/// Looks names up on threads of its own, a bounded number, since the system's resolver can take as long as it likes: a
/// slow name holds up those who asked for it, and of them none longer than the deadline.
package actor NameLookup {
    package typealias Resolve = @Sendable (String) -> [IPAddress]

    private typealias Waiter = CheckedContinuation<[IPAddress]?, Never>

    private let resolve: Resolve
    private let limit: Int
    private let deadline: Duration
    /// By name: who waits for it. One thread looks each of them up.
    private var running: [String: [Int: Waiter]] = [:]
    private var lastWaiter = 0

    /// - Parameters:
    ///   - limit: names under way at once.
    ///   - resolve: blocks.
    package init(
        limit: Int = 32, deadline: Duration = .seconds(3), resolve: @escaping Resolve = NameLookup.systemResolver
    ) {
        self.limit = limit
        self.deadline = deadline
        self.resolve = resolve
    }

    /// In the resolver's order; empty when the name has none.
    /// - Throws: `overloaded` when too many names are being looked up; `timedOut`.
    package func addresses(of name: String) async throws(TransportError) -> [IPAddress] {
        if running[name] == nil {
            guard running.count < limit else { throw .overloaded }
            running[name] = [:]
            start(name)
        }
        lastWaiter += 1
        let id = lastWaiter
        let timeout = Task { [deadline] in
            try await Task.sleep(for: deadline)
            self.finish(id, of: name, with: nil)
        }
        defer { timeout.cancel() }
        let found = await withCheckedContinuation { running[name, default: [:]][id] = $0 }
        guard let found else { throw .timedOut }
        return found
    }

    private func start(_ name: String) {
        let work = Work { [resolve] in
            let found = resolve(name)
            Task { await self.finish(name, with: found) }
        }
        if !work.start() { Task { self.finish(name, with: []) } }
    }

    private func finish(_ name: String, with found: [IPAddress]) {
        for waiter in (running.removeValue(forKey: name) ?? [:]).values { waiter.resume(returning: found) }
    }

    private func finish(_ id: Int, of name: String, with found: [IPAddress]?) {
        running[name]?.removeValue(forKey: id)?.resume(returning: found)
    }

    /// `getaddrinfo`.
    package static let systemResolver: Resolve = { name in
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, nil, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            // Each comes once for every kind of socket.
            if let address = unsafe IPAddress(entry.pointee.ai_addr), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }
}

/// Something that blocks, for a thread of its own.
private final class Work: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// False: the system gives no thread.
    func start() -> Bool {
        var thread = pthread_t()
        // The thread keeps it alive until it has ended.
        let context = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
