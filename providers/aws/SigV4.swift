import Broker
import Cryptography

/// AWS Signature Version 4 for every service but S3, according to "Create a signed AWS API request" of the IAM User
/// Guide. Pure: the tests compare it with botocore's signer.
struct SigV4: Sendable {
    let region: String
    let service: String

    /// What is signed, as it will be on the wire.
    struct Request: Sendable {
        let method: String
        /// The URL's path, still percent-encoded.
        let path: String
        /// The URL's query without the `?`, still percent-encoded.
        let query: String
        /// All headers to sign, including `Host` and `X-Amz-Date`, but not the session token.
        let headers: [(name: String, value: String)]
        /// The SHA-256 of the body.
        let bodyHash: [UInt8]
    }

    struct Signature: Sendable {
        /// The hash in hexadecimal, for the tests.
        let canonicalRequestHash: String
        /// The value of the `Authorization` header.
        let authorization: String
    }

    /// A request whose headers and token are longer than anything that AWS accepts.
    struct TooLong: Error {}

    static let securityTokenHeader = "x-amz-security-token"
    private static let maximumLength = 1 << 20

    /// - Parameter date: must be the date in `X-Amz-Date`.
    func sign(_ request: Request, as credentials: AWSCredentials, at date: Timestamp) throws(TooLong) -> Signature {
        let headers = canonicalHeaders(of: request, token: credentials.sessionToken)
        let names = headers.map(\.name).joined(separator: ";")
        let canonicalRequest: Secret
        do {
            canonicalRequest = try self.canonicalRequest(request, headers: headers, signedNames: names)
        } catch {
            throw TooLong()
        }
        let hash = Hex.encode(canonicalRequest.withBytes(SHA256.hash))

        let time = date.basicISO8601
        let day = String(time.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let stringToSign = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(hash)"
        let signature = Hex.encode(authenticate(stringToSign, key: signingKey(credentials.secretAccessKey, day: day)))
        return Signature(
            canonicalRequestHash: hash,
            authorization: "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), "
                + "SignedHeaders=\(names), Signature=\(signature)")
    }

    private enum HeaderValue {
        case text(String)
        case secret(Secret)
    }

    /// The headers with lower-case names, sorted by their bytes. The values of a repeated header are joined in the
    /// order given.
    private func canonicalHeaders(of request: Request, token: Secret?) -> [(name: String, value: HeaderValue)] {
        var values: [String: [String]] = [:]
        for header in request.headers {
            values[header.name.lowercased(), default: []].append(trimmed(header.value))
        }
        var headers = values.map { (name: $0.key, value: HeaderValue.text($0.value.joined(separator: ","))) }
        if let token { headers.append((Self.securityTokenHeader, .secret(token))) }
        return headers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Makes the canonical request in secret memory, since the session token is part of it.
    private func canonicalRequest(
        _ request: Request, headers: [(name: String, value: HeaderValue)], signedNames: String
    ) throws(SecretBuffer.Overflow) -> Secret {
        var buffer = SecretBuffer(limit: Self.maximumLength, capacity: 4096)
        try buffer.append("\(request.method)\n\(canonicalPath(request.path))\n\(canonicalQuery(request.query))\n")
        for header in headers {
            try buffer.append("\(header.name):")
            switch header.value {
            case .text(let text): try buffer.append(text)
            case .secret(let secret):
                try secret.withBytes { bytes throws(SecretBuffer.Overflow) in try buffer.append(bytes) }
            }
            try buffer.append("\n")
        }
        try buffer.append("\n\(signedNames)\n\(Hex.encode(request.bodyHash))")
        return buffer.finish()
    }

    private func signingKey(_ secretAccessKey: Secret, day: String) -> [UInt8] {
        let dayKey = secretAccessKey.withBytes { bytes in
            // The key of the first step is "AWS4" and the secret key.
            var key = SecretBuffer(limit: bytes.byteCount + 4)
            try? key.append("AWS4")
            try? key.append(bytes)
            return key.finish().withBytes { unsafe HMACSHA256.authenticate(day.utf8.span.bytes, key: $0) }
        }
        return [region, service, "aws4_request"].reduce(dayKey) { authenticate($1, key: $0) }
    }

    private func authenticate(_ text: String, key: [UInt8]) -> [UInt8] {
        unsafe HMACSHA256.authenticate(text.utf8.span.bytes, key: key.span.bytes)
    }
}

/// The value without white space at either end, and with single spaces within.
private func trimmed(_ value: String) -> String {
    value.unicodeScalars.split { $0 == " " || (0x09...0x0D).contains($0.value) }
        .map { String($0) }.joined(separator: " ")
}

/// The path without dot segments and empty ones, encoded once more than it is on the wire.
private func canonicalPath(_ path: String) -> String {
    var segments: [Substring.UTF8View] = []
    for segment in path.utf8.split(separator: UInt8(ascii: "/")) where !segment.elementsEqual(".".utf8) {
        if segment.elementsEqual("..".utf8) { _ = segments.popLast() } else { segments.append(segment) }
    }
    let end = path.utf8.last == UInt8(ascii: "/") && !segments.isEmpty ? "/" : ""
    return "/" + segments.map(percentEncoded).joined(separator: "/") + end
}

/// The query sorted by key, then by value, each as it is in the URL.
private func canonicalQuery(_ query: String) -> String {
    guard !query.isEmpty else { return "" }
    var pairs: [(key: Substring.UTF8View, value: Substring.UTF8View)] = []
    for pair in query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
        let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
        pairs.append((pair[..<end], pair[end...].dropFirst()))
    }
    pairs.sort { left, right in
        left.key.elementsEqual(right.key)
            ? left.value.lexicographicallyPrecedes(right.value) : left.key.lexicographicallyPrecedes(right.key)
    }
    return pairs.map { "\(Substring($0.key))=\(Substring($0.value))" }.joined(separator: "&")
}

/// Encodes all but RFC 3986's unreserved characters.
private func percentEncoded(_ text: Substring.UTF8View) -> String {
    var encoded: [UInt8] = []
    for byte in text {
        if byte.isUnreserved {
            encoded.append(byte)
        } else {
            encoded.append(UInt8(ascii: "%"))
            encoded.append(contentsOf: Hex.encode([byte]).uppercased().utf8)
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}
