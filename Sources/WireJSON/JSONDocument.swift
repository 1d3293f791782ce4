import CJansson

/// A parsed JSON text. Its strings are in memory that is wiped once the document and all of its nodes are gone.
///
/// Not Sendable: it is read where it was parsed.
@safe package final class JSONDocument {
    let value: UnsafeMutablePointer<json_t>

    /// Parses strictly: UTF-8 without a byte order mark, any type at the root, nothing after it, no key twice, no lone
    /// surrogate. `\u0000` is allowed in strings, not in keys.
    ///
    /// - Throws: `malformed`, `duplicateKey`, `tooDeep`, `numberOutOfRange`.
    package init(parsing bytes: RawSpan, maximumDepth: Int = 64) throws(JSONFault) {
        guard Jansson.isReady else { throw .malformed }
        let scan = JSONScan(bytes)
        guard scan.depth <= maximumDepth else { throw .tooDeep }
        guard !scan.hasZeroByte else { throw .malformed }
        unsafe value =
            scan.wideIntegerEnds.isEmpty
            ? try Self.parse(bytes)
            : try Self.parse(bytes, writingAsReals: scan.wideIntegerEnds)
    }

    deinit {
        unsafe cjansson_release(value)
    }

    package var root: JSONNode { unsafe JSONNode(value, in: self) }

    private static func parse(_ bytes: RawSpan) throws(JSONFault) -> UnsafeMutablePointer<json_t> {
        var error = json_error_t()
        let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL
        let value = unsafe bytes.withUnsafeBytes { bytes in
            unsafe json_loadb(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, Int(flags), &error)
        }
        guard let value = unsafe value else { throw unsafe JSONFault(&error) }
        return unsafe value
    }

    /// Parses a text with integers beyond 64 bits, which JSON allows and jansson refuses. They get `.0`, so that
    /// jansson takes them for reals while all other integers stay integers.
    private static func parse(
        _ bytes: RawSpan, writingAsReals ends: [Int]
    ) throws(JSONFault) -> UnsafeMutablePointer<json_t> {
        let copy = WipedMemory(byteCount: bytes.byteCount + ends.count * 2)
        var written = 0
        func write(_ source: UnsafeRawBufferPointer) {
            let end = written + source.count
            unsafe UnsafeMutableRawBufferPointer(rebasing: copy.block[written..<end]).copyMemory(from: source)
            written = end
        }
        unsafe bytes.withUnsafeBytes { bytes in
            var start = 0
            for end in ends {
                unsafe write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                unsafe [UInt8(ascii: "."), UInt8(ascii: "0")].withUnsafeBytes { unsafe write($0) }
                start = end
            }
            unsafe write(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
        return unsafe try parse(UnsafeRawBufferPointer(copy.block).bytes)
    }
}

extension JSONFault {
    fileprivate init(_ error: UnsafePointer<json_error_t>) {
        switch unsafe cjansson_error(error) {
        case json_error_duplicate_key: self = .duplicateKey
        case json_error_numeric_overflow: self = .numberOutOfRange
        default: self = .malformed
        }
    }
}
