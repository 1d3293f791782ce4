/// A store's setting, taken apart: `scheme://host?key=value&key=value`, or the bare scheme, as W&B's documentation has
/// it: `aws-secretmanager`. The provider says what the parts mean and which keys there are.
///
/// A store URI holds no credential, and one that seems to is refused without being repeated.
package struct StoreURI: Sendable, Equatable {
    /// The scheme, in lower case.
    package let scheme: String
    /// Everything between `://` and `?`, percent-decoded; may be empty.
    package let host: String
    /// The parameters, percent-decoded, in order and as often as written. `+` stands for itself.
    package let query: [Parameter]

    package struct Parameter: Sendable, Equatable {
        package let key: String
        package let value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// - Parameter setting: where `text` comes from, for the sentence of an error, such as `SECRET_BROKER_STORE`.
    package init(_ text: String, setting: String) throws(StoreURIError) {
        func fault(_ kind: StoreURIError.Kind) -> StoreURIError { StoreURIError(setting: setting, kind: kind) }

        guard text.utf8.count <= 4096 else { throw fault(.tooLong) }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else { throw fault(.whitespace) }
        guard !text.utf8.contains(UInt8(ascii: "#")) else { throw fault(.fragment) }

        let (scheme, rest) = text.splitOnce(on: "://") ?? (text[...], "")
        guard Self.isScheme(scheme) else { throw fault(.scheme) }
        let (host, query) = rest.splitOnce(on: "?") ?? (rest, "")
        guard !Self.hasPassword(host) else { throw fault(.password) }

        self.scheme = scheme.lowercased()
        guard let decodedHost = percentDecoded(host) else { throw fault(.percentEncoding) }
        self.host = decodedHost
        self.query = try query.utf8.split(separator: UInt8(ascii: "&")).map { pair throws(StoreURIError) in
            guard let (key, value) = Substring(pair).splitOnce(on: "="), !key.isEmpty else { throw fault(.parameter) }
            guard let key = percentDecoded(key), let value = percentDecoded(value) else {
                throw fault(.percentEncoding)
            }
            return Parameter(key, value)
        }
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first.isLowercaseLetter || first.isUppercaseLetter else { return false }
        return text.utf8.allSatisfy { byte in
            byte.isLetterOrDigit || "+-.".utf8.contains(byte)
        }
    }

    /// Whether the host begins with `user:password@`.
    private static func hasPassword(_ host: Substring) -> Bool {
        host.splitOnce(on: "@").map { $0.0.utf8.contains(UInt8(ascii: ":")) } ?? false
    }
}

/// Why a setting is not a store URI. Its sentence never repeats what was set.
package struct StoreURIError: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable, CaseIterable {
        case tooLong, whitespace, fragment, scheme, password, parameter, percentEncoding
    }

    package let setting: String
    package let kind: Kind

    package init(setting: String, kind: Kind) {
        self.setting = setting
        self.kind = kind
    }

    /// What is wrong, and what to do about it.
    package var sentence: String {
        switch kind {
        case .tooLong:
            "\(setting) is longer than 4096 bytes: set a store URI"
        case .whitespace:
            "\(setting) holds a space or a control character: remove it, or write it percent-encoded"
        case .fragment:
            "\(setting) holds a \"#\": write it as %23"
        case .scheme:
            "\(setting) does not begin with a provider's scheme: write it like"
                + " aws-secretmanager://NAMESPACE?namespace=NAMESPACE"
        case .password:
            "\(setting) holds a user and a password: take them out; a store signs in with its cloud's own environment"
        case .parameter:
            "\(setting) has a part after \"?\" that is not key=value: write it like namespace=wandb&region=us-east-1"
        case .percentEncoding:
            "\(setting) has a \"%\" that is not followed by two hexadecimal digits of UTF-8 text: write \"%\" as %25"
        }
    }
}

extension Substring {
    fileprivate func splitOnce(on separator: String) -> (Substring, Substring)? {
        guard let range = utf8.firstRange(of: separator.utf8) else { return nil }
        return (self[..<range.lowerBound], self[range.upperBound...])
    }
}

extension String {
    fileprivate func splitOnce(on separator: String) -> (Substring, Substring)? { self[...].splitOnce(on: separator) }
}

/// The decoded text; nil unless every `%` begins an encoded byte and the bytes are UTF-8 without control characters.
private func percentDecoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else { return nil }
        bytes.append(high << 4 | low)
    }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
}
