package import Broker
import HTTPTypes
import Hummingbird
import NIOCore
package import WireJSON

extension Response {
    /// Makes an answer that holds no value.
    init(status: HTTPResponse.Status = .ok, json: JSONObject) {
        var buffer = ByteBuffer()
        json.write { buffer.append($0) }
        self.init(status: status, headers: Self.headers, body: ResponseBody(byteBuffer: buffer))
    }

    /// Makes an answer that holds a value. The buffer's memory is wiped once it has been written and freed.
    init(revealing json: Secret) {
        var buffer = ByteBufferAllocator().buffer(capacity: json.byteCount)
        json.withBytes { buffer.append($0) }
        self.init(status: .ok, headers: Self.headers, body: ResponseBody(byteBuffer: buffer))
    }

    private static let headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
}

extension ByteBuffer {
    mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { _ = unsafe writeBytes($0) }
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("X-Request-Id")!
    static let forwarded = HTTPField.Name("Forwarded")!
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let xRealIP = HTTPField.Name("X-Real-IP")!
}

// How the broker's types look in JSON. No member can hold a value.

extension SecretRecord {
    /// - Parameters:
    ///   - stores: for the provider's name and the store's warnings.
    ///   - users: the automations that used the secret lately, latest first.
    ///   - drift: how the secret's object has drifted, if that is known.
    ///   - namesObject: whether the store's name for the present value is told.
    func json(in stores: Stores, usedBy users: [Usage], drift: Drift? = nil, namesObject: Bool = false) -> JSONObject {
        let store = stores.store(named: version.store)
        let json = JSONObject()
        json.set("team", team.text)
        json.set("name", name.text)
        json.set("version", version.id.text)
        json.set("store", version.store.text)
        if let store { json.set("provider", store.kind) }
        if namesObject { json.set("object", version.reference.text) }
        if let adoptedFrom { json.set("adopted_from", adoptedFrom.text) }
        json.set("created_at", created.at.rfc3339)
        json.set("created_by", created.by)
        json.set("updated_at", updated.at.rfc3339)
        json.set("updated_by", updated.by)
        json.set("used_by", users.map(\.json))
        var warnings = drift.map { [$0.warning(isOwned: version.isOwned)] } ?? []
        if !version.isOwned { warnings.append(.adopted) }
        warnings += store?.warnings ?? []
        json.set("warnings", warnings.map(\.json))
        return json
    }
}

extension Warning {
    fileprivate static let adopted = Warning(
        code: "adopted",
        message: "this secret was adopted: its value is somebody else's in the store, and is read, never changed; "
            + "rotating it here makes a version of the broker's own in its place",
        docs: "docs/production.md#adopted")
}

extension Usage {
    var json: JSONObject {
        let json = JSONObject()
        json.set("automation", automation)
        json.set("last_used_at", last.rfc3339)
        return json
    }
}

extension Warning {
    var json: JSONObject {
        let json = JSONObject()
        json.set("code", code)
        json.set("message", message)
        json.set("docs", docs)
        return json
    }
}

extension Warning {
    /// Writes the same members for the answer to a resolve.
    func write(to json: inout JSONLine) {
        json.set("code", code)
        json.set("message", message)
        json.set("docs", docs)
    }
}

extension Token {
    package var json: JSONObject {
        let json = JSONObject()
        json.set("id", id)
        json.set("name", name)
        json.set("role", grant.role.rawValue)
        if let team = grant.team { json.set("team", team.text) }
        if let secrets = grant.secrets { json.set("secrets", secrets.map(\.text).sorted()) }
        if let webhook = grant.webhook { json.set("webhook", webhook.text) }
        json.set("created_at", created.rfc3339)
        json.set("minted_by", minter)
        if let expires { json.set("expires_at", expires.rfc3339) }
        return json
    }
}
