import CPostgreSQL
import Glibc

/// One connection, used by one thread at a time. It never waits beyond a deadline; after an error that ends it, it must
/// not be used again.
///
/// libpq is called without blocking, so that a silent server costs no more than the deadline.
@safe final class PostgreSQLConnection {
    private let connection: OpaquePointer
    /// The names of the statements that the server has prepared, by their text.
    private var statements: [String: String] = [:]
    private let notices = Notices()
    /// The server's timeline, which grows with each promotion of a standby; 0 if the server tells none.
    var timeline = 0

    /// Connects to whichever of the URL's hosts can be written. Blocks for at most the URL's `connect_timeout` at each
    /// of their addresses, but for as long as the system takes to look a name up.
    /// - Throws: `Unreachable`.
    init(_ url: PostgreSQLURL) throws(Unreachable) {
        let parameters = url.parameters.sorted { $0.key < $1.key }
        let opened = unsafe CStrings(parameters.map(\.key) + [nil]).withPointers { keys in
            unsafe CStrings(parameters.map(\.value) + [nil]).withPointers { values in
                unsafe PQconnectdbParams(keys, values, 0)
            }
        }
        guard let opened = unsafe opened else { throw Unreachable(why: "out of memory") }
        unsafe connection = unsafe opened
        guard unsafe PQstatus(connection) == CONNECTION_OK, unsafe PQsetnonblocking(connection, 1) == 0 else {
            throw Unreachable(why: unsafe Self.told(connection))
        }
        unsafe PQsetNoticeReceiver(connection, hear, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit { unsafe PQfinish(connection) }

    /// What libpq connected with, whether the URL, the environment or a service's file said it.
    var parameters: [String: String] { unsafe PostgreSQLURL.parameters(of: PQconninfo(connection)) ?? [:] }

    /// No host that can be written answers. `why` is what libpq says of each, for the operator's shell and log.
    struct Unreachable: Error, Hashable {
        let why: String

        static let notDurable = Unreachable(why: "it runs with fsync off")
    }

    /// Runs several statements at once, without values.
    /// - Returns: the rows of the last one.
    @discardableResult
    func execute(_ sql: String, until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> [Row] {
        guard unsafe PQsendQuery(connection, sql) == 1 else { throw .lost }
        return try results(until: deadline).rows
    }

    /// - Returns: the rows, or the number of rows that were changed.
    func execute(
        _ sql: String, _ values: [(any SQLConvertible)?], until deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> (rows: [Row], changes: Int) {
        try Self.requireText([values])
        let name = try prepare(sql, until: deadline)
        guard send(name, values) else { throw .lost }
        return try results(until: deadline)
    }

    /// Refuses text with a zero byte: PostgreSQL keeps none, and libpq would cut the text off there.
    private static func requireText(_ lists: [[(any SQLConvertible)?]]) throws(PostgreSQLError) {
        for case .text(let text)? in lists.joined().map({ $0?.sqlValue }) where text.utf8.contains(0) {
            throw .refused(.characterNotInRepertoire)
        }
    }

    /// A statement, and the values for each time that it is run.
    struct Batch {
        let sql: String
        let lists: [[(any SQLConvertible)?]]
    }

    /// Runs all batches, and commits the transaction if asked to, in one round trip.
    /// - Parameter patience: the longest wait from one answer to the next.
    /// - Throws: when committing, `lost` if the transaction may have been committed, and `refused` if it was not.
    func execute(
        _ batches: [Batch], committing: Bool = false, patience: Duration
    ) throws(PostgreSQLError) {
        var names: [String] = []
        for batch in batches { try Self.requireText(batch.lists) }
        for batch in batches { names.append(try prepare(batch.sql, until: .now + patience)) }
        notices.isNotReplicated = false
        guard unsafe PQenterPipelineMode(connection) == 1 else { throw .lost }
        for (name, batch) in zip(names, batches) {
            for values in batch.lists {
                guard send(name, values) else { throw .lost }
            }
        }
        if committing {
            guard unsafe PQsendQueryParams(connection, "COMMIT", 0, nil, nil, nil, nil, 0) == 1 else { throw .lost }
        }
        guard unsafe PQpipelineSync(connection) == 1 else { throw .lost }
        var refusal: PostgreSQLError?
        var command = ""
        for _ in 0..<(batches.reduce(0) { $0 + $1.lists.count } + (committing ? 1 : 0)) {
            for result in try resultHandles(until: .now + patience) {
                refusal = refusal ?? result.refusal
                command = result.command
            }
        }
        // The end of the pipeline.
        _ = try resultHandles(until: .now + patience)
        guard unsafe PQexitPipelineMode(connection) == 1 else { throw .lost }
        if let refusal { throw refusal }
        guard committing else { return }
        // A transaction that had failed ends with ROLLBACK.
        guard command == "COMMIT" else { throw .refused(.failedTransaction) }
        if notices.isNotReplicated { throw .notReplicated }
    }

    /// Whether the connection can be used: false once the server ends it, or if a transaction was left open on it.
    var isUsable: Bool {
        guard unsafe PQconsumeInput(connection) == 1 else { return false }
        return unsafe PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE
    }

    // MARK: Statements

    private func prepare(
        _ sql: String, until deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> String {
        if let name = statements[sql] { return name }
        let name = "s\(statements.count)"
        guard unsafe PQsendPrepare(connection, name, Self.numbered(sql), 0, nil) == 1 else { throw .lost }
        _ = try results(until: deadline)
        statements[sql] = name
        return name
    }

    /// Writes `$1`, `$2` and so on for each `?`. None of the broker's SQL has a `?` in a literal.
    static func numbered(_ sql: String) -> String {
        var count = 0
        return sql.split(separator: "?", omittingEmptySubsequences: false).reduce(into: "") { text, part in
            if count > 0 { text += "$\(count)" }
            text += part
            count += 1
        }
    }

    private func send(_ name: String, _ values: [(any SQLConvertible)?]) -> Bool {
        let texts = values.map { value -> String? in
            switch value?.sqlValue ?? .null {
            case .null: nil
            case .integer(let number): String(number)
            case .text(let text): text
            }
        }
        return unsafe CStrings(texts).withPointers { pointers in
            unsafe PQsendQueryPrepared(connection, name, Int32(values.count), pointers, nil, nil, 0) == 1
        }
    }

    // MARK: Answers

    private func results(
        until deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) -> (rows: [Row], changes: Int) {
        var answer: (rows: [Row], changes: Int) = ([], 0)
        var refusal: PostgreSQLError?
        for result in try resultHandles(until: deadline) {
            refusal = refusal ?? result.refusal
            answer = (result.rows, result.changes)
        }
        if let refusal { throw refusal }
        return answer
    }

    /// All results up to the end of the query, or of the pipeline's step.
    private func resultHandles(until deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> [PostgreSQLResult] {
        var handles: [PostgreSQLResult] = []
        while true {
            try awaitResult(until: deadline)
            guard let pointer = unsafe PQgetResult(connection) else { return handles }
            let result = unsafe PostgreSQLResult(pointer)
            handles.append(result)
            if unsafe PQstatus(connection) != CONNECTION_OK { throw .lost }
            if result.status == PGRES_PIPELINE_SYNC { return handles }
        }
    }

    /// Sends what is pending, until the next result has arrived.
    private func awaitResult(until deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        while true {
            let flushed = unsafe PQflush(connection)
            guard flushed >= 0 else { throw .lost }
            if flushed == 0, unsafe PQisBusy(connection) == 0 { return }
            // No poll tells of what OpenSSL has already read.
            if unsafe PQsslInUse(connection) == 1 {
                guard unsafe PQconsumeInput(connection) == 1 else { throw .lost }
                if flushed == 0, unsafe PQisBusy(connection) == 0 { return }
            }
            try wait(for: flushed == 1 ? POLLIN | POLLOUT : POLLIN, until: deadline)
            guard unsafe PQconsumeInput(connection) == 1 else { throw .lost }
        }
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
        var descriptor = pollfd(fd: unsafe PQsocket(connection), events: Int16(events), revents: 0)
        guard descriptor.fd >= 0 else { throw .lost }
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw .lost }
            let ready = unsafe poll(&descriptor, 1, Int32(clamping: Int64(left / .milliseconds(1)) + 1))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .lost }
        }
    }

    private static func told(_ connection: OpaquePointer) -> String {
        why(unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? "")
    }

    /// Of libpq's message: one line for each address, without the questions that it asks in indented ones.
    static func why(_ message: String) -> String {
        let causes = message.split(separator: "\n").filter { $0.first?.isWhitespace == false }
        guard !causes.isEmpty else { return "no answer in time" }
        let line = causes.joined(separator: "; ")
        return String(line.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }.map(Character.init).prefix(300))
    }
}

/// What the server says besides its answers.
private final class Notices {
    var isNotReplicated = false
}

private func hear(_ notices: UnsafeMutableRawPointer?, _ notice: OpaquePointer?) {
    guard let notices = unsafe notices, let notice = unsafe notice else { return }
    // "canceling wait for synchronous replication", or the same as the server shuts down.
    guard let state = unsafe sqlState(of: notice), [.warning, .adminShutdown].contains(state) else { return }
    unsafe Unmanaged<Notices>.fromOpaque(notices).takeUnretainedValue().isNotReplicated = true
}
