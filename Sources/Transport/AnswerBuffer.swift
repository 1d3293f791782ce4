import Broker

/// Collects an answer as it arrives, within its limits.
struct AnswerBuffer: ~Copyable {
    static let maximumHeaderSize = 64 << 10

    /// Whether the headers, or the body, exceeded their limit.
    private(set) var isOverflown = false
    private(set) var isBodyOverflown = false
    private var headers: [(name: String, value: String)] = []
    private var headerSize = 0
    /// Whether the block of headers has ended. To libcurl, a connection that ends within it ends the answer.
    private(set) var isInBody = false
    private var body: SecretBuffer

    init(maximumBodySize: Int) {
        body = SecretBuffer(limit: max(0, maximumBodySize))
    }

    /// - Parameter status: the status of the block that the line is in.
    /// - Returns: false when the answer is too large.
    mutating func appendHeader(_ line: RawSpan, status: Int) -> Bool {
        headerSize += line.byteCount
        isOverflown = isOverflown || headerSize > Self.maximumHeaderSize
        guard !isOverflown else { return false }
        guard !isInBody else { return true }
        let text = unsafe line.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        let content = text.trimmed
        if content.isEmpty {
            // A block with an interim status is followed by another block; what follows the last one are trailers.
            if status >= 200 { isInBody = true } else { headers = [] }
        } else if let colon = content.utf8.firstIndex(of: UInt8(ascii: ":")), !content.hasPrefix("HTTP/") {
            let value = content[content.utf8.index(after: colon)...]
            headers.append((String(content[..<colon]), String(value).trimmed))
        }
        return true
    }

    /// - Returns: false when the answer is too large.
    mutating func appendBody(_ bytes: RawSpan) -> Bool {
        do throws(SecretBuffer.Overflow) {
            try body.append(bytes)
            return true
        } catch {
            isOverflown = true
            isBodyOverflown = true
            return false
        }
    }

    consuming func finish(status: Int) -> HTTPAnswer {
        if isBodyOverflown { body = SecretBuffer(limit: 0) }
        return HTTPAnswer(status: status, headers: headers, body: body.finish(), hasLostItsBody: isBodyOverflown)
    }
}

extension String {
    /// The text without white space and line ends around it.
    fileprivate var trimmed: String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d || $0 == 0x0a }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: utf8[first...last], as: UTF8.self)
    }
}
