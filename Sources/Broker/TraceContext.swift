/// W3C Trace Context, level 1: what a request carries so that its way through several programs can be followed. A valid
/// one is passed on as it came; no spans are made from it.
package struct TraceContext: Sendable, Hashable {
    /// The 32 hexadecimal digits that tell requests apart in logs.
    package let traceID: String
    package let parent: String
    package let state: String?

    /// - Parameters:
    ///   - parent: `traceparent`. If it is malformed, there is no trace.
    ///   - state: `tracestate`. If it is malformed, or longer than 512 bytes, it is dropped.
    package init?(parent: String?, state: String?) {
        guard let parent, parent.utf8.count == 55 else { return nil }
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 32, 16, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy(\.isLowercaseHexDigit) }),
            parts[0] != "ff", parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        self.parent = parent
        traceID = String(parts[1])
        let isState = state.map {
            (1...512).contains($0.utf8.count) && $0.utf8.allSatisfy { $0.isVisible || $0 == UInt8(ascii: " ") }
        }
        self.state = isState == true ? state : nil
    }

    var headers: [(name: String, text: String)] {
        [("traceparent", parent)] + (state.map { [("tracestate", $0)] } ?? [])
    }
}
