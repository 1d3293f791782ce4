import Broker
import CCurl

/// Where a call goes, as libcurl's own parser reads its URL, so that what is checked here is what is dialled.
struct CallTarget {
    /// In lower case.
    let host: String
    let isLocal: Bool

    /// Lets a scheme that libcurl does not know pass, for the rules below to refuse.
    private static let parsing = UInt32(CURLU_DISALLOW_USER | CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME)

    /// - Throws: `invalidURL`, `schemeNotAllowed`.
    init(_ url: String, _ plainHTTP: TransportSettings.PlainHTTP) throws(TransportError) {
        guard url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .invalidURL }
        guard let parsed = unsafe curl_url() else { throw .invalidURL }
        defer { unsafe curl_url_cleanup(parsed) }
        guard
            unsafe curl_url_set(parsed, CURLUPART_URL, url, Self.parsing)
                == CURLUE_OK,
            let scheme = unsafe Self.part(CURLUPART_SCHEME, of: parsed)
        else { throw .invalidURL }
        guard scheme == "https" || scheme == "http" else { throw .schemeNotAllowed }
        guard let host = unsafe Self.part(CURLUPART_HOST, of: parsed)?.lowercased(), !host.isEmpty else {
            throw .invalidURL
        }
        self.host = host
        isLocal = Self.isLocal(host)
        switch (scheme, plainHTTP) {
        case ("https", _): break
        case ("http", .loopbackAndLinkLocal) where isLocal: break
        default: throw .schemeNotAllowed
        }
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(url, part, &text, 0) == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }

    /// libcurl has already brought numeric spellings into dotted form.
    private static func isLocal(_ host: String) -> Bool {
        if host == "metadata.google.internal" || LoopbackHost.isOne(host) { return true }
        // fd00:ec2::/32 are AWS's instance metadata and container credentials.
        if host.hasPrefix("[fe80:") || host.hasPrefix("[fd00:ec2:") { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return octets.count == 4 && !octets.contains(nil) && octets[0] == 169 && octets[1] == 254
    }
}
