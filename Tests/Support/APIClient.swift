import Broker
package import Transport

/// Calls a broker's API as any HTTP client would.
package struct APIClient: Sendable {
    package struct Answer: Sendable {
        package let status: Int
        package let body: String
        package let headers: [(name: String, value: String)]

        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// The stable code of a problem.
        package var code: String? { body.firstMatch(of: /"code":"([a-z_]+)"/).map { String($0.1) } }
        package var version: String? { body.firstMatch(of: /"version":"([a-z2-7]{16})"/).map { String($0.1) } }
    }

    package let http: HTTPClient
    package let url: String
    package let token: String?

    package init(_ http: HTTPClient, url: String, token: String?) {
        self.http = http
        self.url = url
        self.token = token
    }

    package func call(
        _ method: String, _ path: String, _ body: String? = nil, headers: [HTTPHeader] = []
    ) async throws(TransportError) -> Answer {
        var all = headers
        if let token { all.append(HTTPHeader("Authorization", "Bearer \(token)")) }
        let answer = try await http.send(
            HTTPCall(
                method, url + path, headers: all, body: body.map(Secret.init(text:)), deadline: .seconds(60),
                maximumAnswerSize: 64 << 20))
        return Answer(status: answer.status, body: answer.body.shown, headers: answer.headers)
    }

    package func add(_ name: String, _ value: String, to team: String = "research") async throws -> Answer {
        try await call("POST", "/v1/teams/\(team)/secrets", #"{"name":"\#(name)","value":"\#(value)"}"#)
    }

    package func rotate(_ name: String, _ value: String, of team: String = "research") async throws -> Answer {
        try await call("PUT", "/v1/teams/\(team)/secrets/\(name)", #"{"value":"\#(value)"}"#)
    }

    package func delete(_ name: String, of team: String = "research", force: Bool = true) async throws -> Answer {
        try await call("DELETE", "/v1/teams/\(team)/secrets/\(name)?force=\(force)")
    }

    /// Resolves `{"v": "${NAME}"}`.
    package func resolve(_ name: String, of team: String = "research") async throws -> Answer {
        try await call("POST", "/v1/teams/\(team)/resolve", #"{"payload":{"v":"${\#(name)}"}}"#)
    }
}

extension APIClient.Answer {
    /// The leaf that `resolve` asks for.
    package var resolved: String? { body.firstMatch(of: /"payload":\{"v":"([^"]*)"\}/).map { String($0.1) } }
}
