import Broker

/// Input: a setting; then a host, a key and a value.
func checkStoreURI(_ input: inout FuzzInput) throws {
    try checkAny(input.text())
    try checkParts(input.text(), input.text(), input.text())
}

private func parse(_ text: String) throws(StoreURIError) -> StoreURI { try StoreURI(text, setting: "STORE") }

private func checkAny(_ text: String) throws {
    guard let uri = try? parse(text) else { return }
    let bytes = Array(text.utf8)
    try require(bytes.count <= 4096 && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }, "it is short, and one word")
    try require(!bytes.contains(UInt8(ascii: "#")), "it has no fragment")
    try require(uri.scheme == uri.scheme.lowercased() && !uri.scheme.isEmpty, "its scheme is in lower case")
    try require(text.lowercased().utf8.starts(with: uri.scheme.utf8), "its scheme is what it begins with")
    let parts = [uri.host] + uri.query.flatMap { [$0.key, $0.value] }
    try require(!parts.joined().utf8.contains(where: isControl), "no part holds a control character")
    try require(uri.query.allSatisfy { !$0.key.isEmpty }, "no key is empty")

    let authority = bytes.ranges(of: Array("://".utf8)).first.map { bytes[$0.upperBound...] } ?? []
    let user = authority.prefix { $0 != UInt8(ascii: "?") }.split(
        separator: UInt8(ascii: "@"), maxSplits: 1, omittingEmptySubsequences: false)
    try require(user.count < 2 || !user[0].contains(UInt8(ascii: ":")), "it holds no password")

    let again = written(uri.scheme, uri.host, uri.query)
    if again.utf8.count <= 4096 { try require(try parse(again) == uri, "written anew it says the same") }
}

private func checkParts(_ host: String, _ key: String, _ value: String) throws {
    let query = [StoreURI.Parameter(key, value), StoreURI.Parameter("a", "")]
    let text = written("aws", host, query)
    guard text.utf8.count <= 4096 else {
        return try require((try? parse(text)) == nil, "what is too long is refused")
    }
    let isGood = !key.isEmpty && !(host + key + value).utf8.contains(where: isControl)
    let uri = try? parse(text)
    try require((uri != nil) == isGood, "control characters and an empty key are refused, and nothing else")
    guard let uri else { return }
    try require(uri.scheme == "aws" && uri.host == host && uri.query == query, "it is read as it was written")
}

private func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

/// With every byte percent-encoded that is not a letter or digit.
private func written(_ scheme: String, _ host: String, _ query: [StoreURI.Parameter]) -> String {
    func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
    let pairs = query.map { "\(encoded($0.key))=\(encoded($0.value))" }.joined(separator: "&")
    return "\(scheme)://\(encoded(host))?\(pairs)"
}
