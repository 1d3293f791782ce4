import CCurl
import Glibc
import NIOConcurrencyHelpers

/// The thread that drives libcurl: it takes transfers from a mailbox, moves their bytes and finishes them.
///
/// Sendable because only the thread uses `multi`, except for `curl_multi_wakeup`, which libcurl allows from any thread,
/// and which is called under the mailbox's lock while the thread exists.
@safe final class CurlLoop: @unchecked Sendable {
    private struct Mailbox {
        var added: [CurlTransfer] = []
        var cancelled: [CurlTransfer] = []
        var isClosing = false
        /// The number of transfers that were handed over and are not finished.
        var count = 0
        /// Whether the thread is waiting or about to wait, and must be woken.
        var isWaiting = false
    }

    private let multi: UnsafeMutableRawPointer
    private let limit: Int
    private let mailbox = NIOLockedValueBox(Mailbox())
    /// The transfers by handle. Only the thread touches this and the next two.
    private var active: [UnsafeMutableRawPointer: CurlTransfer] = unsafe [:]
    private var nextSweep = ContinuousClock.now
    private var authorities = AuthorityFile()

    init(_ settings: TransportSettings) throws(HTTPClientFault) {
        CurlLibrary.start
        guard let multi = unsafe curl_multi_init() else { throw .noMemory }
        unsafe self.multi = multi
        limit = settings.maximumCalls
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.maximumConnectionsPerHost)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.maximumConnectionsPerHost * 4)
        try startThread()
    }

    private func startThread() throws(HTTPClientFault) {
        var thread = pthread_t()
        // The thread keeps the loop alive until it has ended.
        let context = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                blockBrokenPipes()
                unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            unsafe curl_multi_cleanup(multi)
            throw .noThread
        }
        pthread_detach(thread)
    }

    // MARK: From any thread

    func start(_ transfer: CurlTransfer) {
        let refusal: TransportError? = mailbox.withLockedValue { mailbox in
            if mailbox.isClosing { return .shutDown }
            guard mailbox.count < limit else { return .overloaded }
            mailbox.count += 1
            mailbox.added.append(transfer)
            wake(&mailbox)
            return nil
        }
        if let refusal { transfer.finish(.failure(refusal)) }
    }

    func cancel(_ transfer: CurlTransfer) {
        transfer.finish(.failure(.cancelled))
        mailbox.withLockedValue { mailbox in
            guard !mailbox.isClosing else { return }
            mailbox.cancelled.append(transfer)
            wake(&mailbox)
        }
    }

    /// Ends the thread; calls under way end with `shutDown`.
    func close() {
        mailbox.withLockedValue { mailbox in
            guard !mailbox.isClosing else { return }
            mailbox.isClosing = true
            wake(&mailbox)
        }
    }

    private func wake(_ mailbox: inout Mailbox) {
        guard mailbox.isWaiting else { return }
        mailbox.isWaiting = false
        unsafe curl_multi_wakeup(multi)
    }

    // MARK: On the thread

    private func run() {
        while takeMail() {
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            finishDone()
            endOverdue()
            let isIdle = mailbox.withLockedValue { mailbox in
                mailbox.isWaiting = mailbox.added.isEmpty && mailbox.cancelled.isEmpty && !mailbox.isClosing
                return mailbox.isWaiting
            }
            if isIdle { unsafe curl_multi_poll(multi, nil, 0, active.isEmpty ? 10_000 : 100, nil) }
            mailbox.withLockedValue { $0.isWaiting = false }
        }
        let unfinished = unsafe Array(active.values)
        for transfer in unfinished { end(transfer, .failure(.shutDown)) }
        unsafe curl_multi_cleanup(multi)
    }

    /// - Returns: false once the loop must end.
    private func takeMail() -> Bool {
        let (added, cancelled, isClosing) = mailbox.withLockedValue { mailbox in
            defer {
                mailbox.added = []
                mailbox.cancelled = []
            }
            return (mailbox.added, mailbox.cancelled, mailbox.isClosing)
        }
        for transfer in added { begin(transfer, isClosing) }
        for transfer in cancelled where unsafe transfer.handle != nil { end(transfer, .failure(.cancelled)) }
        return !isClosing
    }

    private func begin(_ transfer: CurlTransfer, _ isClosing: Bool) {
        guard !isClosing, !transfer.isOver else { return end(transfer, .failure(isClosing ? .shutDown : .cancelled)) }
        do throws(TransportError) {
            try transfer.prepare(&authorities)
        } catch {
            return end(transfer, .failure(error))
        }
        guard let handle = unsafe transfer.handle, unsafe curl_multi_add_handle(multi, handle) == CURLM_OK else {
            return end(transfer, .failure(.overloaded))
        }
        unsafe active[handle] = transfer
    }

    private func finishDone() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle,
                let transfer = unsafe active[handle]
            else { continue }
            let code = unsafe ccurl_result(message)
            end(transfer, transfer.outcome(of: code))
        }
    }

    /// Ends overdue calls, since libcurl does not look at the deadline of a call that waits for a connection.
    private func endOverdue() {
        let now = ContinuousClock.now
        guard now >= nextSweep else { return }
        nextSweep = now + .milliseconds(100)
        let overdue = unsafe active.values.filter { $0.deadline <= now }
        for transfer in overdue { end(transfer, .failure(.timedOut)) }
    }

    private func end(_ transfer: CurlTransfer, _ outcome: CurlTransfer.Outcome) {
        if let handle = unsafe transfer.handle, unsafe active.removeValue(forKey: handle) != nil {
            unsafe curl_multi_remove_handle(multi, handle)
        }
        transfer.finish(outcome)
        transfer.clean()
        mailbox.withLockedValue { $0.count -= 1 }
    }
}

/// Makes a broken connection an error of the call on this thread, never a signal to the process.
private func blockBrokenPipes() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
}

/// What the whole process does once.
private enum CurlLibrary {
    static let start: Void = {
        // libcurl would write the keys of TLS sessions to the file that this variable names.
        unsafe unsetenv("SSLKEYLOGFILE")
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }()
}
