import Broker
import Foundation
import Simulator
import Support
import Testing

/// Values live briefly: the test reads the whole memory of the running process, as a debugger of root's could.
@Suite("The memory of the broker", .timeLimit(.minutes(5)))
struct MemoryTests {
    /// How many of the values are anywhere in it, be it in part.
    private func found(_ values: [String], in process: Int32) async throws -> Int {
        let (status, output) = try await PythonEnvironment.run(
            "memory_search.py", ["\(process)"], input: values.joined(separator: "\n") + "\n")
        try #require(status == 0)
        let numbers = output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(numbers.count == 2)
        #expect(numbers[0] > 10 << 20)
        return numbers[1]
    }

    private func newText(_ count: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<count).map { _ in letters.randomElement()! })
    }

    private func newValue() -> String { newText(40) }

    /// Of many that are looked for in one pass.
    private func newCanary() -> String { newText(8) + "cANarYv7" + newText(24) }

    @Test("holds no value once it has been answered, with connections still open and the cache off", .readsMemory)
    func cacheOff() async throws {
        let place = try await Installation()
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        var values: [String] = []
        for number in 0..<50 {
            let (first, second) = (newValue(), newValue())
            values += [first, second]
            #expect(try await admin.add("KEY_\(number)", first).status == 201)
            #expect(try await resolver.resolve("KEY_\(number)").resolved == first)
            #expect(try await admin.rotate("KEY_\(number)", second).status == 200)
            #expect(try await resolver.resolve("KEY_\(number)").resolved == second)
            if number % 2 == 0 { #expect(try await admin.delete("KEY_\(number)").status == 204) }
        }
        // A later request, so that what a connection still keeps of its last one is not a value's.
        #expect(try await resolver.resolve("MISSING").status == 422)
        #expect(try await found(values, in: broker.processID) == 0)
        #expect(await broker.end() == 0)
        await place.end()
    }

    /// One secret's life, over and over: added, resolved, relayed, rotated, resolved, relayed and deleted.
    private func lives(
        _ count: Int, of name: String, _ place: Installation, _ broker: BrokerBinary, _ receiver: WebhookReceiver
    ) async throws -> [String] {
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        let webhook = name.lowercased()
        let made = try await admin.call(
            "POST", "/v1/teams/research/webhooks",
            #"{"name":"\#(webhook)","url":"\#(receiver.url("/status/200"))","access_token":"\#(name)","payload_secrets":[{"name":"\#(name)","at":"/t"}]}"#
        )
        #expect(made.status == 201)
        let token = try await Installation.token(
            ["--role", "relay", "--team", "research", "--webhook", webhook], place.environment)
        let automation = APIClient(place.http, url: broker.url, token: token)
        var values: [String] = []
        for _ in 0..<count {
            let (first, second) = (newCanary(), newCanary())
            values += [first, second]
            #expect(try await admin.add(name, first).status == 201)
            let confirmed = try await admin.call(
                "POST", "/v1/teams/research/webhooks/\(webhook)/confirm",
                #"{"url":"\#(receiver.url("/status/200"))"}"#)
            #expect(confirmed.status == 200)
            for value in [first, second] {
                if value == second { #expect(try await admin.rotate(name, second).status == 200) }
                #expect(try await resolver.resolve(name).resolved == value)
                let relayed = try await automation.call(
                    "POST", "/v1/relay/research/\(webhook)", #"{"t":"${\#(name)}"}"#)
                #expect(relayed.status == 200)
            }
            #expect(try await admin.delete(name).status == 204)
        }
        return values
    }

    @Test(
        "holds none of a thousand values that were added, resolved, relayed, rotated and deleted", .readsMemory,
        arguments: CloudKind.allCases)
    func thousand(_ cloud: CloudKind) async throws {
        let receiver = try await WebhookReceiver()
        let place = try await Installation(on: cloud)
        let broker = try await place.serve([
            "SECRET_BROKER_CACHE_TTL": "0", "SSL_CERT_FILE": receiver.certificate,
            "SECRET_BROKER_RELAY_ALLOW": "localhost",
        ])
        // A thousand on one cloud; on the others the same in small.
        let count = cloud == .aws ? 125 : 15
        let values = try await withThrowingTaskGroup(of: [String].self) { group in
            for lane in 0..<4 {
                group.addTask { try await lives(count, of: "KEY_\(lane)", place, broker, receiver) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(values.count == count * 8)
        // Later requests, so that what a connection still keeps of its last one is not a value's.
        for _ in 0..<8 { #expect(try await place.asResolver(broker).resolve("MISSING").status == 422) }
        #expect(try await found(values, in: broker.processID) == 0)
        #expect(await broker.end() == 0)
        await receiver.end()
        await place.end()
    }

    @Test("holds no cached value whose age, with the time that it may be stale, is over", .readsMemory)
    func aged() async throws {
        let place = try await Installation()
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "1s", "SECRET_BROKER_CACHE_MAX_STALE": "15s"])
        var values: [String] = []
        for number in 0..<50 {
            values.append(newCanary())
            #expect(try await place.asAdmin(broker).add("KEY_\(number)", values[number]).status == 201)
        }
        #expect(try await found(values, in: broker.processID) > 0)
        // The broker wipes every few seconds; that it did gives no event.
        try await eventually("no value is in the memory", within: .seconds(60), every: .milliseconds(500)) {
            try await found(values, in: broker.processID) == 0
        }
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("is in no core file, and locked where the broker may lock it")
    func guarded() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        func read(_ file: String) throws -> String {
            try String(contentsOfFile: "/proc/\(broker.processID)/\(file)", encoding: .utf8)
        }
        #expect(try read("limits").contains(/Max core file size\s+0\s+0/))
        let isLocked = try !read("status").contains(/VmLck:\s+0 kB/)
        #expect(isLocked != broker.logged.contains("memory is not locked"))
        let serving = "exec \(BrokerBinary.path) serve --listen 127.0.0.1:0"
        let limited = try ChildProcess(
            "/bin/sh", ["-c", "ulimit -l 64; command -v setpriv >/dev/null && \(serving.limited); \(serving)"],
            place.environment)
        #expect(await limited.line(containing: "memory is not locked") != nil, "\(limited.errors)")
        #expect(await limited.line(containing: "] listening") != nil)
        limited.signal(SIGTERM)
        #expect(await limited.ended() == 0)
        #expect(await broker.end() == 0)
        await place.end()
    }

    @Test("holds what the cache keeps, and nothing of what was rotated or deleted", .readsMemory)
    func cacheOn() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        var (kept, gone): ([String], [String]) = ([], [])
        for number in 0..<20 {
            let (first, second) = (newValue(), newValue())
            #expect(try await admin.add("KEY_\(number)", first).status == 201)
            #expect(try await admin.rotate("KEY_\(number)", second).status == 200)
            #expect(try await resolver.resolve("KEY_\(number)").resolved == second)
            gone.append(first)
            if number % 2 == 0 {
                #expect(try await admin.delete("KEY_\(number)").status == 204)
                gone.append(second)
            } else {
                kept.append(second)
            }
        }
        #expect(try await resolver.resolve("MISSING").status == 422)
        #expect(try await found(gone, in: broker.processID) == 0)
        // Without these the test would see nothing, whatever there were.
        #expect(try await found(kept, in: broker.processID) == kept.count)
        #expect(await broker.end() == 0)
        await place.end()
    }
}

extension String {
    /// The command without the capability that root has beyond any limit.
    fileprivate var limited: String { replacing("exec ", with: "exec setpriv --bounding-set=-ipc_lock ") }
}
