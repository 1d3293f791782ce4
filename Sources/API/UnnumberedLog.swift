import Logging

/// The server's own log, without what the server adds to each line: it numbers every request anew, which costs more
/// than finding the request's route, and the broker's answers already have numbers.
struct UnnumberedLog: LogHandler {
    let logger: Logger

    var logLevel: Logger.Level {
        get { logger.logLevel }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        logger.log(level: event.level, event.message, metadata: event.metadata)
    }
}
