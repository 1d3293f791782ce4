import Broker
import Cryptography

@testable import Providers

/// Input: a path, a query, and names and values of two headers.
func checkAWSSignature(_ input: inout FuzzInput) throws {
    let (path, query) = (input.text(), input.text())
    let headers = [(headerName(input.field()), input.text()), (headerName(input.field()), input.text())]
    let text = """
        POST
        \(canonicalPath(path))
        \(canonicalQuery(query))
        \(canonicalHeaders(headers).map { "\($0):\($1)\n" }.joined())
        \(canonicalHeaders(headers).map(\.name).joined(separator: ";"))
        \(String(repeating: "00", count: 32))
        """
    let signature = try sign(path, query, headers)
    try require(
        signature.canonicalRequestHash == Hex.encode(Secret(of: text.utf8).withBytes(SHA256.hash)),
        "the canonical request is \(text.debugDescription)")

    let parameters = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
    let shouted = headers.map { ($0.0.uppercased(), " \t\($0.1) ") }
    let same = try sign(
        "/.//x/.." + path.leadingSlash, parameters.reversed().map { String(Substring($0)) }.joined(separator: "&"),
        headers[0].0 == headers[1].0 ? shouted : shouted.reversed())
    try require(
        same.authorization == signature.authorization,
        "a path's detours, the order of parameters and headers, case and white space of headers do not matter")
}

private func sign(_ path: String, _ query: String, _ headers: [(String, String)]) throws -> SigV4.Signature {
    let request = SigV4.Request(
        method: "POST", path: path, query: query, headers: headers.map { (name: $0.0, value: $0.1) },
        bodyHash: [UInt8](repeating: 0, count: 32))
    guard
        let credentials = AWSCredentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Secret(of: "key".utf8), sessionToken: nil,
            expires: nil)
    else { throw Violation(description: "a plain key is taken") }
    return try SigV4(region: "us-east-1", service: "secretsmanager")
        .sign(request, as: credentials, at: Timestamp(milliseconds: 1_795_390_513_000))
}

extension String {
    fileprivate var leadingSlash: String { utf8.first == UInt8(ascii: "/") ? self : "/" + self }
}

/// Rewritten until nothing is left to rewrite.
private func canonicalPath(_ path: String) -> String {
    let (here, up) = (Array(".".utf8), Array("..".utf8))
    var segments = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != here }
    while let index = segments.firstIndex(of: up) { segments.removeSubrange(max(0, index - 1)...index) }
    let encoded = segments.map { segment in
        segment.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isKept = scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            return isKept || "-._~".utf8.contains(byte)
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
    return "/" + encoded.joined(separator: "/") + (path.utf8.last == UInt8(ascii: "/") && !encoded.isEmpty ? "/" : "")
}

/// A key's end comes before all that could follow it.
private func canonicalQuery(_ query: String) -> String {
    guard !query.isEmpty else { return "" }
    let pairs = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { pair in
        var parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 1 { parts.append("".utf8[...]) }
        return (parts[0].map { UInt16($0) + 1 } + [0] + parts[1].map { UInt16($0) + 1 }, parts)
    }
    return pairs.sorted { $0.0.lexicographicallyPrecedes($1.0) }
        .map { "\(Substring($0.1[0]))=\(Substring($0.1[1]))" }.joined(separator: "&")
}

private func canonicalHeaders(_ headers: [(String, String)]) -> [(name: String, value: String)] {
    let values = headers.map { header in
        header.1.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { String(Substring($0)) }
            .joined(separator: " ")
    }
    if headers[0].0 == headers[1].0 { return [(headers[0].0, values.joined(separator: ","))] }
    let named = [(name: headers[0].0, value: values[0]), (name: headers[1].0, value: values[1])]
    return Array(headers[0].0.utf8.lexicographicallyPrecedes(headers[1].0.utf8) ? named : named.reversed())
}

private func headerName(_ bytes: [UInt8]) -> String {
    let letters = bytes.filter { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") }
    return letters.isEmpty ? "host" : String(decoding: letters, as: UTF8.self)
}
