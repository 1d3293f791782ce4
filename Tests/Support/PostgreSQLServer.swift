package import Foundation
import Glibc
import Testing

/// A PostgreSQL server of the test's own, on a socket in its own folder and on loopback. It ends with this process.
package final class PostgreSQLServer: Sendable {
    package struct DidNotStart: Error {
        package let why: String
    }

    /// The folder in which Debian keeps the programs; nil if they are not installed.
    package static let programs: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.sorted().last.map { "/usr/lib/postgresql/\($0)/bin" }
    }()

    /// One server for all tests that do not disturb it.
    package static let shared = Task { try await PostgreSQLServer() }

    package let folder: URL
    package let port: Int
    private let process = Holder()
    private let options: [String]

    private actor Holder {
        var process: ChildProcess?

        func hold(_ process: ChildProcess?) { self.process = process }
    }

    /// - Parameters:
    ///   - options: the server's options, each `name=value`.
    ///   - base: a shell command that fills the data folder, with `$DATA` and `$BIN`; nil: `initdb`.
    package init(options: [String] = [], base: String? = nil) async throws {
        guard Self.programs != nil else { throw DidNotStart(why: "PostgreSQL is not installed") }
        let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
        folder = URL(fileURLWithPath: "\(root)/postgresql-\(UUID().uuidString.prefix(8))")
        port = try Self.freePort()
        self.options = options
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if getuid() == 0 { unsafe chown(folder.path, Self.user, Self.user) }
        let initial = "\"$BIN/initdb\" -D \"$DATA\" -U postgres -A trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null"
        try await run(base ?? initial)
        try await start()
    }

    /// Makes a standby of `primary`, which from now on waits for it with each commit.
    package convenience init(copying primary: PostgreSQLServer) async throws {
        try await self.init(
            base: """
                "$BIN/pg_basebackup" -h '\(primary.folder.path)' -p \(primary.port) -U postgres -D "$DATA" -R --no-sync -c fast
                """)
        try await primary.set("synchronous_standby_names", "*")
        try await eventually("a standby that the primary waits for") {
            try await !primary.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").isEmpty
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The URL of an empty schema of the shared server, which is like a database of its own.
    package static func emptySchema() async throws -> String {
        let server = try await shared.value
        let name = "s\(UUID().uuidString.replacing("-", with: "").lowercased())"
        try await server.query("CREATE SCHEMA \(name)")
        return "\(server.url)&options=-csearch_path%3D\(name)"
    }

    /// The URL through the socket in the server's folder.
    package var url: String { "postgres:///postgres?user=postgres&host=\(folder.path)&port=\(port)" }

    /// The URL through TCP.
    package var loopbackURL: String { "postgres://postgres@127.0.0.1:\(port)/postgres" }

    package func start() async throws {
        // The script ends the server when this process is gone, which no signal would tell it.
        let settings =
            ["port=\(port)", "unix_socket_directories=\(folder.path)", "listen_addresses=127.0.0.1"]
            + ["max_connections=400", "logging_collector=off", "shared_buffers=64MB"]
            // What it shares goes with its folder, however it ends.
            + ["dynamic_shared_memory_type=mmap"] + options
        let script = """
            "$BIN/postgres" -D "$DATA" \(settings.map { "-c \($0)" }.joined(separator: " ")) & server=$!
            trap 'kill -INT $server; wait $server; exit' TERM
            while kill -0 $server 2>/dev/null && [ -d /proc/$PARENT ]; do sleep 0.2 & wait $!; done
            kill -QUIT $server 2>/dev/null; [ -d /proc/$PARENT ] || rm -rf "$(dirname "$DATA")"
            """
        let process = try Self.shell(script, folder)
        guard await process.line(containing: "database system is ready to accept") != nil else {
            throw DidNotStart(why: process.errors)
        }
        await self.process.hold(process)
    }

    /// Stops the server as a power failure would, if `isAbrupt`, or else after it has ended its connections.
    package func stop(isAbrupt: Bool) async throws {
        try await run("\"$BIN/pg_ctl\" -D \"$DATA\" -m \(isAbrupt ? "immediate" : "fast") stop >/dev/null")
        _ = await process.process?.ended()
        await process.hold(nil)
    }

    /// Makes a standby the primary.
    package func promote() async throws {
        try await run("\"$BIN/pg_ctl\" -D \"$DATA\" promote >/dev/null")
    }

    /// Changes a setting of the running server.
    package func set(_ setting: String, _ value: String) async throws {
        try await query("ALTER SYSTEM SET \(setting) = '\(value)'")
        try await query("SELECT pg_reload_conf()")
        try await eventually("\(setting) is '\(value)'") { try await query("SHOW \(setting)") == value }
    }

    /// Runs SQL, and gives what `psql` prints.
    @discardableResult
    package func query(_ sql: String) async throws -> String {
        try await run("\"$BIN/psql\" -qAtX -v ON_ERROR_STOP=1 -h '\(folder.path)' -p \(port) -U postgres -f -", sql)
    }

    /// - Parameter command: a shell command, with `$BIN` and `$DATA`.
    @discardableResult
    package func run(_ command: String, _ input: String = "") async throws -> String {
        let process = try Self.shell(command, folder, input)
        guard await process.ended() == 0 else { throw DidNotStart(why: process.errors) }
        return process.output.trimmingCharacters(in: .newlines)
    }

    /// Below those that the system gives to connections, so that it is still free when the server starts again.
    private static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 10_000..<32_000)
            let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(probe) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let isFree = unsafe withUnsafePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe bind(probe, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isFree { return port }
        }
        throw DidNotStart(why: "no port is free")
    }

    /// The user `nobody`, since PostgreSQL refuses to run as root.
    private static let user: uid_t = 65534

    private static func shell(_ script: String, _ folder: URL, _ input: String = "") throws -> ChildProcess {
        let command = ["/bin/sh", "-c", script]
        let own =
            getuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + command : command
        let environment = ["BIN": programs ?? "", "DATA": "\(folder.path)/data", "PARENT": "\(getpid())"]
        return try ChildProcess(own[0], Array(own.dropFirst()), environment, input: input)
    }
}
