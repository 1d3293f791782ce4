import Logging
import NIOConcurrencyHelpers

/// Keeps what is logged: `level message key=value ...`, the keys in order.
final class LoggedLines: Sendable {
    private let lines = NIOLockedValueBox<[String]>([])

    var all: [String] { lines.withLockedValue(\.self) }

    func handler() -> any LogHandler { Handler(lines: lines) }

    private struct Handler: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = (["\(event.level)", "\(event.message)"] + facts).joined(separator: " ")
            lines.withLockedValue { $0.append(line) }
        }
    }
}
