import API
import Broker
import Foundation
import Transport
import WireJSON

/// A running broker, as the commands that are its clients see it: `SECRET_BROKER_URL` and `SECRET_BROKER_TOKEN`.
struct Client {
    private let http: HTTPClient
    private let url: String
    private let token: Secret

    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let source = try SettingSource(flags: [:], environment: environment, path: nil)
        for warning in Settings.withoutEffect(source) { Terminal.note("warning: \(warning)") }
        guard let token = environment["SECRET_BROKER_TOKEN"], !token.isEmpty else {
            throw Failure("set SECRET_BROKER_TOKEN to a broker token: `secret-broker token create` makes one")
        }
        var url = environment["SECRET_BROKER_URL"] ?? "http://127.0.0.1:8480"
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        self.token = Secret(token)
        http = try HTTPClient(.fromEnvironment(environment))
    }

    /// - Parameter path: names in it need no encoding.
    /// - Throws: `Failure` for anything but success, with the broker's own sentence.
    func call(_ method: String, _ path: String, _ body: Secret? = nil) async throws -> Secret {
        try await exchange(method, path, body).body
    }

    /// - Parameter ifMatch: the ETag of an earlier answer.
    /// - Throws: `Failure` for any answer that is no success.
    func exchange(
        _ method: String, _ path: String, _ body: Secret? = nil, ifMatch: String? = nil
    ) async throws -> HTTPAnswer {
        let answer = try await send(method, path, body, ifMatch: ifMatch)
        guard answer.isSuccess else { throw Failure(Self.sentence(answer)) }
        return answer
    }

    /// What the destination of a webhook answers to a test, whatever it is.
    /// - Throws: `Failure` for a refusal of the broker's own, or of what stands before it.
    func test(_ webhook: String, _ payload: Secret?) async throws -> HTTPAnswer {
        let answer = try await send("POST", webhook + "/test", payload)
        guard answer.isSuccess || Self.isOfDestination(answer) else { throw Failure(Self.sentence(answer)) }
        return answer
    }

    /// Whether a destination gave it: as it is, in its sandbox, or as the broker's word of its status.
    private static func isOfDestination(_ answer: HTTPAnswer) -> Bool {
        if answer.header("content-security-policy") == DestinationAnswer.policy { return true }
        let isJSON = answer.header("content-type")?.hasPrefix("application/json") ?? false
        return isJSON && answer.document?["status"]?.integer == answer.status
    }

    private func send(
        _ method: String, _ path: String, _ body: Secret? = nil, ifMatch: String? = nil
    ) async throws -> HTTPAnswer {
        var authorization = SecretBuffer(limit: 1024)
        guard (try? authorization.append("Bearer ")) != nil,
            token.withBytes({ (try? authorization.append($0)) != nil })
        else { throw Failure("SECRET_BROKER_TOKEN is not a broker token") }
        var headers = [
            HTTPHeader("Authorization", secret: authorization.finish()),
            HTTPHeader("Content-Type", "application/json"),
        ]
        if let ifMatch { headers.append(HTTPHeader("If-Match", ifMatch)) }
        let call = HTTPCall(
            method, url + path, headers: headers, body: body, deadline: .seconds(60), maximumAnswerSize: 32 << 20)
        do throws(TransportError) {
            return try await http.send(call)
        } catch {
            throw Failure(Self.sentence(error, url))
        }
    }

    private static func sentence(_ error: TransportError, _ url: String) -> String {
        switch error {
        case .nameUnknown, .couldNotConnect: "no broker answers at \(url): start one, or set SECRET_BROKER_URL"
        case .proxyFailed:
            "the proxy of HTTPS_PROXY makes no connection to \(url): correct it, or name the broker's host in NO_PROXY"
        case .schemeNotAllowed: "SECRET_BROKER_URL must be https, except for a broker on this machine"
        case .invalidURL: "SECRET_BROKER_URL is no URL such as https://broker.example"
        case .invalidHeader: "SECRET_BROKER_TOKEN is no token: it has a character that none has, such as a line break"
        case .notTrusted, .tls:
            "no TLS with \(url): see that https is spoken there, and set SSL_CERT_FILE to its CA's certificates if its"
                + " certificate is not trusted"
        case .timedOut: "the broker at \(url) did not answer in time: what was asked may have been done"
        case .connectionLost:
            "the broker at \(url) closed the connection without an answer: what was asked may have been done"
                + (url.hasPrefix("http://") ? ", or it speaks https: see SECRET_BROKER_URL" : "")
        case .answerTooLarge, .malformedAnswer: "what answers at \(url) is not a broker"
        case .cancelled, .shutDown, .overloaded: "interrupted: what was asked may have been done"
        }
    }

    /// The whole of a URL of the broker's. One that does not know its own URL answers with the path alone.
    func whole(_ link: String) -> String { link.hasPrefix("/") ? url + link : link }

    /// The broker's problem in one line. Names and pointers in it are what somebody else wrote.
    private static func sentence(_ answer: HTTPAnswer) -> String {
        guard answer.header("content-type")?.hasPrefix("application/problem+json") ?? false,
            let problem = answer.document, let code = problem["code"]?.string, let detail = problem["detail"]?.string
        else { return "the broker, or what stands before it, answered with status \(answer.status)" }
        guard code != "unauthenticated" else {
            return "SECRET_BROKER_TOKEN is unknown, revoked or expired: "
                + "set it to one that works, which `secret-broker token create` makes (\(code))"
        }
        var names = problem["names"]?.elements.compactMap(\.string) ?? []
        names += problem["used_by"]?.elements.compactMap { $0["automation"]?.string } ?? []
        for field in ["webhooks", "pointers"] { names += problem[field]?.elements.compactMap(\.string) ?? [] }
        let list = names.isEmpty ? "" : ": " + names.joined(separator: ", ")
        return "\(detail)\(list) (\(code))".visible
    }
}

extension HTTPAnswer {
    var isSuccess: Bool { (200..<300).contains(status) }
    fileprivate var document: JSONNode? { body.withBytes { try? JSONDocument(parsing: $0) }?.root }
}

extension Secret {
    /// Parses an answer that holds no value.
    func json() throws -> JSONNode {
        guard let document = withBytes({ try? JSONDocument(parsing: $0) }) else {
            throw Failure("the broker's answer is not JSON: see that SECRET_BROKER_URL is a broker's")
        }
        return document.root
    }
}

extension Terminal {
    /// Notes an answer's warnings for the operator, on standard error, so that what is printed stays as it is.
    static func note(warningsOf answer: JSONNode) {
        for warning in answer["warnings"]?.elements ?? [] {
            note("warning: \(warning["message"]?.string ?? "") (\(warning["code"]?.string ?? ""))".visible)
        }
    }
}

extension JSONObject {
    /// The object as the body of a call.
    func body() -> Secret {
        var buffer = SecretBuffer(limit: 2 << 20)
        write { try? buffer.append($0) }
        return buffer.finish()
    }
}
