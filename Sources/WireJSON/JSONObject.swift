import CJansson

/// Builds an object, key by key, in the order in which the keys are set. A key that is set again keeps its place.
///
/// An object that was set into another stays shared with it. Not Sendable: it is written where it was made.
@safe package final class JSONObject {
    private let object: UnsafeMutablePointer<json_t>

    package init() {
        precondition(Jansson.isReady)
        // Fails only for want of memory, as Swift's own objects do.
        guard let object = unsafe json_object() else { preconditionFailure("out of memory") }
        unsafe self.object = unsafe object
    }

    deinit {
        unsafe cjansson_release(object)
    }

    package func set(_ key: String, _ value: String) {
        unsafe put(key, Self.string(value))
    }

    package func set(_ key: String, _ value: Int64) {
        unsafe put(key, json_integer(value))
    }

    /// - Parameter value: must be finite.
    package func set(_ key: String, _ value: Double) {
        unsafe put(key, json_real(value))
    }

    package func set(_ key: String, _ value: Bool) {
        unsafe put(key, value ? json_true() : json_false())
    }

    package func set(_ key: String, _ value: [String]) {
        unsafe put(key, Self.array(value.map { unsafe Self.string($0) }))
    }

    package func set(_ key: String, _ value: JSONObject) {
        unsafe put(key, cjansson_retain(value.object))
    }

    package func set(_ key: String, _ value: [JSONObject]) {
        unsafe put(key, Self.array(value.map { unsafe cjansson_retain($0.object) }))
    }

    package func setNull(_ key: String) {
        unsafe put(key, json_null())
    }

    /// Sets a value that must not become a `String`: its bytes are copied into memory that is wiped.
    ///
    /// - Throws: `notText` unless the bytes are UTF-8.
    package func set(_ key: String, text bytes: RawSpan) throws(JSONFault) {
        guard let text = unsafe Self.string(bytes) else { throw .notText }
        unsafe put(key, text)
    }

    /// Hands compact UTF-8 JSON to `sink` once, in memory that is wiped afterwards.
    package func write<E: Error>(_ sink: (RawSpan) throws(E) -> Void) throws(E) {
        let flags = Int(JSON_COMPACT | JSON_PRESERVE_ORDER)
        let size = unsafe json_dumpb(object, nil, 0, flags)
        let text = WipedMemory(byteCount: size)
        let start = unsafe text.block.assumingMemoryBound(to: CChar.self).baseAddress
        let written = unsafe json_dumpb(object, start, size, flags)
        precondition(written == size && size > 1, "an object that holds itself")
        try unsafe sink(UnsafeRawBufferPointer(rebasing: text.block[..<size]).bytes)
    }

    /// The object as a `String`, for objects that hold no value.
    package var text: String {
        var text = ""
        write { bytes in
            text = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        return text
    }
}

extension JSONObject {
    /// Sets `key`, taking over `value`. jansson refuses one only when it is out of memory, since a Swift string is
    /// always UTF-8.
    private func put(_ key: String, _ value: UnsafeMutablePointer<json_t>?) {
        let length = key.utf8.count
        let isSet = unsafe json_object_setn_new(object, key, length, value) == 0
        precondition(isSet, "out of memory")
    }

    private static func string(_ text: String) -> UnsafeMutablePointer<json_t>? {
        unsafe string(text.utf8.span.bytes)
    }

    private static func string(_ bytes: RawSpan) -> UnsafeMutablePointer<json_t>? {
        unsafe bytes.withUnsafeBytes { bytes in
            // An empty span may have no address, which jansson takes for a missing string.
            unsafe bytes.isEmpty
                ? json_string("") : json_stringn(bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
        }
    }

    private static func array(_ elements: [UnsafeMutablePointer<json_t>?]) -> UnsafeMutablePointer<json_t>? {
        let array = unsafe json_array()
        unsafe elements.forEach { unsafe json_array_append_new(array, $0) }
        return unsafe array
    }
}
