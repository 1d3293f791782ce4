import Broker
import HTTPTypes
import Hummingbird

/// The address under which the pages are served, as far as their safety depends on it.
///
/// A page of somebody else's whose name is made to mean 127.0.0.1 (DNS rebinding) sends its own name as the host. So a
/// broker that listens on loopback, without TLS, answers for loopback's names only, on any port, since tunnels have
/// ports of their own. With TLS the certificate is that check. Where something in front of the broker does TLS, on this
/// machine too, the name is its affair, and a session's cookie goes to no other.
struct Site: Sendable {
    /// Whether browsers reach the pages by TLS. If so, cookies go nowhere else.
    let isSecure: Bool
    /// Whether something in front of the broker does TLS: then a connection from this machine may be anybody's request.
    let isBehindProxy: Bool
    private let isLoopbackOnly: Bool

    init(host: String, hasTLS: Bool, isBehindProxy: Bool) {
        isLoopbackOnly = !hasTLS && !isBehindProxy && LoopbackHost.isOne(host)
        isSecure = !isLoopbackOnly
        self.isBehindProxy = isBehindProxy
    }

    var cookieName: String { (isSecure ? "__Host-" : "") + "secret-broker-session" }

    /// - Throws: `foreignHost`.
    func requireOwn(_ authority: String?) throws(APIError) {
        guard let authority, let host = Self.host(of: authority), !isLoopbackOnly || LoopbackHost.isOne(host) else {
            throw .foreignHost
        }
    }

    /// Whether the request was sent to this machine by one of loopback's names, and not by another name that means it.
    static func isLoopback(_ authority: String?) -> Bool {
        authority.flatMap(host(of:)).map(LoopbackHost.isOne) ?? false
    }

    /// Requires that a form comes from a page of this site. The browser says so in `Sec-Fetch-Site` or, if it has no
    /// such header, in `Origin`. Pages can set neither.
    /// - Throws: `forged`.
    func requireOwnForm(_ request: Request) throws(APIError) {
        if let site = request.headers[.secFetchSite] {
            guard site == "same-origin" else { throw .forged }
            return
        }
        guard let authority = request.head.authority,
            request.headers[.origin] == "\(isSecure ? "https" : "http")://\(authority)"
        else { throw .forged }
    }

    /// The cookie that alone holds the session. No script can read it, and no other site's page can send it.
    func cookie(_ value: String, lasting: String = "") -> String {
        "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "") + lasting
    }

    var expiredCookie: String { cookie("", lasting: "; Max-Age=0") }

    /// The authority's host, without its port.
    private static func host(of authority: String) -> String? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return authority.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init)
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let contentSecurityPolicy = HTTPField.Name("Content-Security-Policy")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
}
