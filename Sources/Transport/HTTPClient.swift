/// Calls other HTTP servers: HTTP/1.1, kept connections, no redirects, each call within its own bounds. Safe to use
/// from many tasks at once.
package final class HTTPClient: Sendable {
    private let loop: CurlLoop
    private let settings: TransportSettings

    /// Starts the thread that makes the calls.
    package init(_ settings: TransportSettings) throws(HTTPClientFault) {
        self.settings = settings
        loop = try CurlLoop(settings)
    }

    /// The file of the CAs that are believed, where a server has none of its own; nil where there is none.
    package var authorities: String? { settings.caFile ?? AuthorityFile.ofSystem }

    deinit {
        loop.close()
    }

    /// Makes the call once. When the caller is cancelled, the call ends at once, and its connection with it.
    package func send(_ call: HTTPCall) async throws(TransportError) -> HTTPAnswer {
        let transfer = try CurlTransfer(call, settings)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.wait(for: continuation)
                loop.start(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        // Its lock orders the thread's writes before the reads here. The thread sanitizer needs it too: it sees no
        // order where a continuation is resumed before it is awaited.
        precondition(transfer.isOver)
        return try outcome.get()
    }

    /// Ends the connections. Calls under way, and later ones, end with `shutDown`.
    package func shutDown() {
        loop.close()
    }
}

/// Why there is no client, and no call can be made at all.
package enum HTTPClientFault: Error, Sendable, Hashable, CaseIterable {
    case noMemory, noThread

    /// The fault for an operator.
    package var sentence: String {
        switch self {
        case .noMemory: "there is no memory for calls to other servers: give the broker more"
        case .noThread:
            "the system gives no thread for calls to other servers: raise its limit of tasks for the broker's user, unit"
                + " or container"
        }
    }
}
