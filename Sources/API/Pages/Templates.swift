import Broker
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// The pages' templates, compiled once.
struct Templates: Sendable {
    enum Name: String, CaseIterable {
        case signIn = "sign-in"
        case teams, secrets, add, rotate, delete, activity, problem
        case webhooks
        case editWebhook = "edit-webhook"
        case confirmWebhook = "confirm-webhook"
        case testWebhook = "test-webhook"
        case deleteWebhook = "delete-webhook"
        case relay
    }

    private let library: MustacheLibrary

    /// - Throws: the template engine's error when a template is malformed.
    init() throws {
        MustacheContentTypes.register(PageText(), named: PageText.name)
        var library = MustacheLibrary()
        for (name, text) in Self.texts {
            try library.register("{{% CONTENT_TYPE:\(PageText.name)}}\(text)", named: name)
        }
        self.library = library
    }

    static let texts: [String: String] = [
        "layout": layoutTemplate, "value-field": valueFieldTemplate, "uses": usesTemplate,
        "add-form": addFormTemplate, "rotate-form": rotateFormTemplate, "delete-form": deleteFormTemplate,
        "sign-in": signInTemplate, "teams": teamsTemplate, "secrets": secretsTemplate, "add": addTemplate,
        "rotate": rotateTemplate, "delete": deleteTemplate, "activity": activityTemplate, "problem": problemTemplate,
    ].merging(iconTemplates) { template, _ in template }.merging(webhookTemplates) { template, _ in template }

    /// Makes a page. It is stored nowhere; nothing but the broker's own can run in it, be loaded by it or frame it.
    func page(_ name: Name, _ view: Any, status: HTTPResponse.Status = .ok) -> Response {
        let html = library.render(view, withTemplate: name.rawValue) ?? ""
        return Response(status: status, headers: Self.headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// Makes a page that shows a token in place of the view's `marker`: no template has it.
    func page(_ name: Name, _ view: Any, revealing token: Secret, at marker: String) -> Response {
        let html = Array((library.render(view, withTemplate: name.rawValue) ?? "").utf8)
        let place = html.firstRange(of: marker.utf8) ?? html.endIndex..<html.endIndex
        let size = html.count + token.byteCount
        var buffer = SecretBuffer(limit: size, capacity: size)
        unsafe try? buffer.append(html.span.extracting(..<place.lowerBound).bytes)
        token.withBytes { try? buffer.append($0) }
        unsafe try? buffer.append(html.span.extracting(place.upperBound...).bytes)
        var response = Response(revealing: buffer.finish())
        response.headers = Self.headers
        return response
    }

    private static let headers: HTTPFields = [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
        .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer", .openerPolicy: "same-origin",
    ]

    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
        frame-ancestors 'none'; base-uri 'none'
        """
}

/// HTML's escaping, byte by byte. The engine's own goes by characters as people see them, and lets through a quote with
/// an accent on it, which is enough to leave an attribute.
private struct PageText: MustacheContentType {
    static let name = "PAGE"

    func escapeText(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
