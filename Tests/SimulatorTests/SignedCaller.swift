import Broker
import HTTPTypes
import Support
import WireJSON

@testable import Simulator

/// Calls a simulator with signatures that the simulator's own verification made. That they are AWS's is boto3's to
/// prove; here they only let a call in.
struct SignedCaller: Sendable {
    let simulator: AWSSimulator
    let credential: AWSCredential
    var clock: @Sendable () -> Timestamp

    var port: Int { Int(simulator.endpoint.split(separator: ":").last ?? "") ?? 0 }

    func call(_ operation: String, _ members: [String: Any] = [:]) async throws -> RawExchange {
        try await RawExchange.send(request(operation, members), port: port)
    }

    func abandon(_ operation: String, _ members: [String: Any] = [:]) throws {
        try RawExchange.abandon(request(operation, members), port: port)
    }

    func create(_ name: String, _ value: String, _ members: [String: Any] = [:]) async throws -> RawExchange {
        let all: [String: Any] = ["Name": name, "SecretString": value, "ClientRequestToken": RandomText.uuid()]
        return try await call("CreateSecret", all.merging(members) { $1 })
    }

    /// The whole request as it goes over the wire.
    func request(_ operation: String, _ members: [String: Any] = [:]) -> [UInt8] {
        let body = json(members)
        let now = clock()
        let scope = "\(credential.accessKeyID)/\(now.basicISO8601.prefix(8))/us-east-1/secretsmanager/aws4_request"
        var headers: HTTPFields = [
            .contentType: "application/x-amz-json-1.1",
            HTTPField.Name("X-Amz-Date")!: now.basicISO8601,
            HTTPField.Name("X-Amz-Target")!: "secretsmanager.\(operation)",
        ]
        var signed = "content-type;host;x-amz-date"
        if let token = credential.sessionToken {
            headers[HTTPField.Name("X-Amz-Security-Token")!] = token.shown
            signed += ";x-amz-security-token"
        }
        signed += ";x-amz-target"
        func authorize(_ signature: String) {
            headers[.authorization] =
                "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=\(signed), Signature=\(signature)"
        }
        authorize("none")
        let draft = CloudRequest(
            method: "POST", target: "/", authority: "127.0.0.1:\(port)", headers: headers,
            body: unsafe Secret(copying: body.utf8.span.bytes))
        if let header = try? AuthorizationHeader(draft) {
            authorize(
                SignatureVerification(region: "us-east-1", service: "secretsmanager", now: now)
                    .signature(of: draft, header, key: credential.secretAccessKey))
        }
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array(
            ("POST / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)").utf8)
    }

    /// A dictionary stands for a list of one structure, as in Tags.
    private func json(_ members: [String: Any]) -> String {
        let object = JSONObject()
        for (key, value) in members {
            switch value {
            case let text as String: object.set(key, text)
            case let number as Int: object.set(key, Int64(number))
            case let flag as Bool: object.set(key, flag)
            case let fields as [String: String]:
                let field = JSONObject()
                for (key, value) in fields { field.set(key, value) }
                object.set(key, [field])
            default: preconditionFailure("no member of this type is needed")
            }
        }
        return object.text
    }
}

extension RawExchange {
    /// A text member of a JSON answer.
    func member(_ name: String) -> String? {
        try? unsafe JSONDocument(parsing: body.utf8.span.bytes).root[name]?.string
    }

    /// The error's name without its namespace; nil for a success.
    var fault: String? {
        member("__type").map { type in String(type.split(separator: "#").last ?? "") }
    }
}
