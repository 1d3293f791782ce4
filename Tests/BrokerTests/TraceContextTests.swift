import Testing

@testable import Broker

@Suite("A trace context")
struct TraceContextTests {
    private let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("is passed on as it came")
    func passed() throws {
        let trace = try #require(TraceContext(parent: parent, state: "vendor=value,other=1"))
        #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace.headers.map(\.name) == ["traceparent", "tracestate"])
        #expect(trace.headers.map(\.text) == [parent, "vendor=value,other=1"])
    }

    @Test(
        "is none if it is not what the standard says",
        arguments: [
            nil, "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-011",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\n",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        ])
    func malformed(_ text: String?) {
        #expect(TraceContext(parent: text, state: "a=1") == nil)
    }

    @Test(
        "loses a state that would break a header",
        arguments: ["a\r\nX: y", "", "é", String(repeating: "a", count: 513)])
    func badState(_ state: String) throws {
        #expect(try #require(TraceContext(parent: parent, state: state)).state == nil)
    }
}
