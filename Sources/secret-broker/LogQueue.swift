import Dispatch
import Foundation
import Glibc
import NIOConcurrencyHelpers

/// Standard error, as the log is written to it: lines wait in a bounded queue for a thread of its own, so that a reader
/// of them who stalls holds up nobody who logs. What finds the queue full is dropped and counted.
final class LogQueue: TextOutputStream, Sendable {
    private struct State {
        var waiting: [String] = []
        /// Of what waits, and of what is being written.
        var lines = 0
        var bytes = 0
        var dropped = 0
        /// Whether the thread has been told of what waits.
        var isAwake = false
        var hasThread = false
    }

    private static let maximumLines = 4096
    private static let maximumBytes = 1 << 20

    private let tell: @Sendable (_ dropped: Int) -> Void
    private let state = NIOLockedValueBox(State())
    /// What the thread waits by: it is no task's, so that it may block.
    private let wake = DispatchSemaphore(value: 0)

    /// - Parameter tell: writes here how many lines were dropped. Called once half of the queue is free again.
    init(tell: @escaping @Sendable (_ dropped: Int) -> Void) {
        self.tell = tell
    }

    /// Whole lines, with the newline at their end. Does not block.
    func write(_ text: String) {
        let (isNew, mustWake) = state.withLockedValue { state in
            // Once some are dropped so are the next ones, until it is told: a slow reader would read of nothing else.
            guard state.dropped == 0 || state.lines == 0, state.lines < Self.maximumLines,
                state.bytes + text.utf8.count <= Self.maximumBytes
            else {
                state.dropped += 1
                return (false, false)
            }
            state.waiting.append(text)
            state.lines += 1
            state.bytes += text.utf8.count
            defer { (state.hasThread, state.isAwake) = (true, true) }
            return (!state.hasThread, !state.isAwake)
        }
        if isNew { Thread.detachNewThread { [self] in writeForEver() } }
        if mustWake { wake.signal() }
    }

    /// Waits until all of it is written, and for no longer than `limit`. Blocks.
    func flush(within limit: Duration) {
        let end = ContinuousClock.now + limit
        while state.withLockedValue(\.isAwake), ContinuousClock.now < end { usleep(1000) }
    }

    private func writeForEver() {
        while true {
            wake.wait()
            while let lines = take() {
                for line in lines {
                    _ = Descriptor.write(line, to: STDERR_FILENO)
                    if let dropped = leave(line) { tell(dropped) }
                }
            }
        }
    }

    /// Nil: there is nothing to write, and the next line wakes the thread.
    private func take() -> [String]? {
        state.withLockedValue { state in
            guard !state.waiting.isEmpty else {
                state.isAwake = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// - Returns: how many were dropped, if it is time to tell.
    private func leave(_ line: String) -> Int? {
        state.withLockedValue { state in
            state.lines -= 1
            state.bytes -= line.utf8.count
            guard state.dropped > 0, state.lines <= Self.maximumLines / 2, state.bytes <= Self.maximumBytes / 2 else {
                return nil
            }
            defer { state.dropped = 0 }
            return state.dropped
        }
    }
}
