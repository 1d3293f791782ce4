import Broker
import Logging
import WireJSON

/// How the broker's log is written: for people, or one JSON object a line for what collects logs.
enum LogFormat: String, CaseIterable {
    case text, json

    private static let textLines = LogQueue { text.tell(dropped: $0) }
    private static let jsonLines = LogQueue { json.tell(dropped: $0) }

    private var lines: LogQueue {
        switch self {
        case .text: Self.textLines
        case .json: Self.jsonLines
        }
    }

    func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "secret-broker") { label in
            switch self {
            case .text: StreamLogHandler(label: label, stream: lines)
            case .json: JSONLogHandler(lines: lines)
            }
        }
        logger.logLevel = level
        return logger
    }

    private func tell(dropped: Int) {
        logger(.warning).warning(
            "lines of this log were dropped: what reads standard error was too slow", metadata: ["lines": "\(dropped)"])
    }

    /// Before the process ends: waits until what was logged is written, and for no longer than `limit`. Blocks.
    static func flush(within limit: Duration) {
        for format in allCases { format.lines.flush(within: limit) }
    }
}

/// Writes `{"time","level","message"}`, with the metadata as further members.
struct JSONLogHandler: LogHandler {
    let lines: LogQueue
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
        lines.write(Self.line(event.level, "\(event.message)", metadata, at: SystemTime.now()) + "\n")
    }

    static func line(
        _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, at time: Timestamp
    ) -> String {
        let line = JSONObject()
        line.set("time", time.rfc3339)
        line.set("level", level.rawValue)
        line.set("message", message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where !["time", "level", "message"].contains(key) {
            line.set(key, "\(value)")
        }
        return line.text
    }
}
