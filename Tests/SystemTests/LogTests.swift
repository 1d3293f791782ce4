import Foundation
import Glibc
import Support
import Testing

@Suite("The log of a broker", .timeLimit(.minutes(5)))
struct LogTests {
    /// More lines than a pipe and the queue before it hold.
    private func fill(_ place: Installation, _ url: String) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for token in [place.admin, "sbt_wrong"] {
                let client = APIClient(place.http, url: url, token: token)
                let status = token == place.admin ? 200 : 401
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<320 {
                            let answer = try await client.call("GET", "/v1/teams/research/secrets")
                            #expect(answer.status == status)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func read(_ pipe: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe Glibc.read(pipe, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }

    @Test(
        "holds up no request and no end while nobody reads it, and says how many lines were dropped",
        arguments: [("text", #"lines=(\d+) "#), ("json", #""lines":"(\d+)""#)])
    func stalled(_ format: String, count: String) async throws {
        let place = try await Installation()
        let (path, ready) = (place.catalog + "-log", place.catalog + "-ready")
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let pipe = unsafe open(path, O_RDONLY | O_NONBLOCK)
        defer { close(pipe) }
        let serve = "serve --listen 127.0.0.1:0 --log-level debug --ready-file \(ready)"
        let process = try ChildProcess(
            "/bin/sh", ["-c", "exec \(BrokerBinary.path) \(serve) 2> \(path)"],
            place.environment.merging(["SECRET_BROKER_LOG_FORMAT": format]) { $1 })
        let url = try await eventually("the broker is ready") {
            let told = try? String(contentsOfFile: ready, encoding: .utf8)
            return told?.firstMatch(of: /"url":"([^"]+)"/).map { String($0.1) }
        }
        try await fill(place, url)
        var log = ""
        try await eventually("the log tells of dropped lines") {
            log += read(pipe)
            return log.contains("lines of this log were dropped")
        }
        let line = try #require(log.split(separator: "\n").first { $0.contains("lines of this log were dropped") })
        #expect(try #require(line.firstMatch(of: Regex(count))?.output[1].substring.flatMap { Int($0) }) > 0)
        try await fill(place, url)
        process.signal(SIGTERM)
        #expect(await process.ended(within: .seconds(20)) == 0)
        await place.end()
    }

    @Test("ends with the head of the audit log, to which nothing is appended any more")
    func lastHead() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let admin = place.asAdmin(broker)
        #expect(try await admin.add("KEY", "v").status == 201)
        let (answered, answer) = AsyncStream.makeStream(of: Void.self)
        let writes = Task {
            defer { answer.finish() }
            for number in 0..<1000 {
                guard (try? await admin.rotate("KEY", "v\(number)"))?.status == 200 else { return }
                answer.yield()
            }
        }
        for await _ in answered { break }
        #expect(await broker.end() == 0)
        await writes.value
        let heads = broker.logged.matches(of: /hash=([0-9a-f]{64}) seq=(\d+) \[secret_broker\] audit head/)
        let last = try #require(heads.last)
        let verified = try await place.run(["audit", "verify", "--head", "\(last.2):\(last.1)"])
        #expect(verified.output.hasSuffix(" head \(last.2):\(last.1)\n"), "\(verified.output)\(verified.errors)")
        await place.end()
    }
}
