import Cryptography
import HTTPTypes
import Hummingbird
import NIOCore

/// A file that is part of the program. Its address changes with its content, so that browsers may keep it forever.
struct Asset: Sendable {
    let path: String
    private let type: String
    private let text: String
    private let tag: String

    static let stylesheet = Asset("/assets/broker.css", "text/css; charset=utf-8", stylesheetText)
    static let script = Asset("/assets/broker.js", "text/javascript; charset=utf-8", scriptText)
    static let icon = Asset("/assets/icon.svg", "image/svg+xml", iconText)
    static let all = [stylesheet, script, icon]

    private init(_ path: String, _ type: String, _ text: String) {
        self.path = path
        self.type = type
        self.text = text
        tag = unsafe Hex.encode(Array(SHA256.hash(text.utf8.span.bytes).prefix(8)))
    }

    var link: String { "\(path)?v=\(tag)" }

    func response(to request: Request) -> Response {
        var headers: HTTPFields = [
            .eTag: "\"\(tag)\"", .cacheControl: "public, max-age=31536000, immutable", .contentType: type,
            .contentSecurityPolicy: Templates.policy, .xContentTypeOptions: "nosniff",
        ]
        guard request.headers[.ifNoneMatch] != "\"\(tag)\"" else {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
