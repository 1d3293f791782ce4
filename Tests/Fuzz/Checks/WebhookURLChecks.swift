import Broker
import CCurl
import Foundation
import Transport

/// Input: a URL. Whoever dials it, looks its host up or logs it must read the same host and port.
func checkWebhookURL(_ input: inout FuzzInput) throws {
    let text = input.text()
    guard let url = WebhookURL(text) else { return }
    try require(url.text == text && text.utf8.count <= WebhookURL.maximumLength, "it is the text that was given")
    try require((1...65_535).contains(url.port), "its port is one")
    let isIPv6 = url.host.contains(":")
    let written = isIPv6 ? "[\(url.host)]" : url.host
    try require(
        text.lowercased().utf8.starts(with: "https://\(written)".utf8), "its host is what stands behind the scheme")

    if let (host, port) = readByCurl(text) {
        try require(port == url.port, "libcurl goes to the same port")
        let isSame = isIPv6 ? IPAddress(host) == IPAddress(url.host) : host == url.host
        try require(isSame, "libcurl goes to the same host, not to \(host)")
    } else {
        try require(isIPv6 && IPAddress(url.host) == nil, "libcurl takes it, unless it is a false address")
    }
    if let parts = URLComponents(string: text) {
        let host = parts.encodedHost?.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        try require(host == url.host && parts.port ?? 443 == url.port, "Foundation reads the same host and port")
        try require(parts.user == nil && parts.password == nil, "Foundation sees no user")
    }
    var address = in_addr()
    if unsafe inet_aton(url.host, &address) == 1 {
        let bytes = unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        try require(IPAddress(url.host)?.bytes == bytes, "no resolver takes it for another address")
    }
    try require(
        WebhookURL("https://\(written):\(url.port)/")?.host == url.host, "its host is read the same wherever it stands")
}

private func readByCurl(_ text: String) -> (host: String, port: Int)? {
    guard let url = unsafe curl_url() else { return nil }
    defer { unsafe curl_url_cleanup(url) }
    guard unsafe curl_url_set(url, CURLUPART_URL, text, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
        let scheme = unsafe part(CURLUPART_SCHEME, of: url), scheme == "https",
        let host = unsafe part(CURLUPART_HOST, of: url)?.lowercased(),
        let port = unsafe part(CURLUPART_PORT, of: url).flatMap({ Int($0) })
    else { return nil }
    return (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host, port)
}

private func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard unsafe curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text = unsafe text else {
        return nil
    }
    defer { unsafe curl_free(text) }
    return unsafe String(cString: text)
}
