import CJansson

/// A value of a document. It keeps the document alive.
@safe package struct JSONNode {
    package enum Kind { case object, array, string, number, boolean, null }

    private let document: JSONDocument
    private let value: UnsafeMutablePointer<json_t>

    init(_ value: UnsafeMutablePointer<json_t>, in document: JSONDocument) {
        self.document = document
        unsafe self.value = unsafe value
    }

    package var kind: Kind {
        switch unsafe cjansson_type(value) {
        case JSON_OBJECT: .object
        case JSON_ARRAY: .array
        case JSON_STRING: .string
        case JSON_INTEGER, JSON_REAL: .number
        case JSON_TRUE, JSON_FALSE: .boolean
        default: .null
        }
    }

    /// Nil unless this is an object that has the key.
    package subscript(key: String) -> JSONNode? {
        let length = key.utf8.count
        guard let member = unsafe json_object_getn(value, key, length) else { return nil }
        return unsafe JSONNode(member, in: document)
    }

    /// The keys in the order of the text. Empty unless this is an object.
    package var keys: [String] {
        var keys: [String] = []
        var iterator = unsafe json_object_iter(value)
        while let present = unsafe iterator {
            unsafe keys.append(String(cString: json_object_iter_key(present)))
            unsafe iterator = json_object_iter_next(value, present)
        }
        return keys
    }

    /// The elements in order. Empty unless this is an array.
    package var elements: [JSONNode] {
        unsafe (0..<json_array_size(value)).compactMap { index in
            unsafe json_array_get(value, index).map { unsafe JSONNode($0, in: document) }
        }
    }

    /// The string, which must be no secret. A value goes through `withString`.
    package var string: String? {
        withString { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Lends the string's UTF-8 bytes in place, without a copy. Nil, and `body` is not called, unless this is a string.
    package func withString<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R? {
        guard let text = unsafe json_string_value(value) else { return nil }
        defer { withExtendedLifetime(document) {} }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: json_string_length(value))
        return unsafe try body(bytes.bytes)
    }

    /// The number, if it is written without fraction and exponent and is within ±2^53. `1.0` is not.
    package var integer: Int? {
        guard unsafe cjansson_type(value) == JSON_INTEGER else { return nil }
        let integer = unsafe Int(json_integer_value(value))
        return (-(1 << 53)...(1 << 53)).contains(integer) ? integer : nil
    }

    /// The nearest `Double` to any number.
    package var number: Double? {
        kind == .number ? unsafe json_number_value(value) : nil
    }

    package var boolean: Bool? {
        kind == .boolean ? unsafe cjansson_type(value) == JSON_TRUE : nil
    }

    /// - Throws: `unknownField` for a key that is not among `fields`; `malformed` unless this is an object.
    package func requireOnly(_ fields: Set<String>) throws(JSONFault) {
        guard kind == .object else { throw .malformed }
        guard keys.allSatisfy(fields.contains) else { throw .unknownField }
    }
}
