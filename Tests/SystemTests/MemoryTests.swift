import Broker
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

    private func newValue() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<40).map { _ in letters.randomElement()! })
    }

    @Test("holds no value once it has been answered, with connections still open and the cache off")
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

    @Test("holds what the cache keeps, and nothing of what was rotated or deleted")
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
