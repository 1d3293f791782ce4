import Broker
import Glibc
import Logging
import WireJSON

/// How the broker's log is written: for people, or one JSON object a line for what collects logs.
enum LogFormat: String {
    case text, json

    func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "secret-broker") { label in
            switch self {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = level
        return logger
    }
}

/// `{"time","level","message"}`, and the metadata as members of their own.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Terminal.note(
            Self.line(
                event.level, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 }, at: SystemTime.now()))
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
