import NIOConcurrencyHelpers
import Support
import Transport

/// Somebody with a browser: keeps the session's cookie and the proof of the page last seen, follows nothing.
final class Person: Sendable {
    private struct State {
        var cookie: String?
        var proof: String?
    }

    private let world: PagesWorld
    private let state = NIOLockedValueBox(State())

    init(world: PagesWorld) {
        self.world = world
    }

    var cookie: String? { state.withLockedValue { $0.cookie } }
    var proof: String? { state.withLockedValue { $0.proof } }

    /// What a browser sends of its own with a form of the same site.
    static let ownForm = [
        HTTPHeader("Sec-Fetch-Site", "same-origin"), HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
    ]

    func get(_ path: String, _ headers: [HTTPHeader] = []) async throws -> APIClient.Answer {
        let answer = try await world.send("GET", path, headers + sent)
        if let proof = answer.body.firstMatch(of: /name="proof" value="([^"]*)"/)?.1 {
            state.withLockedValue { $0.proof = String(proof) }
        }
        return answer
    }

    func signIn(_ token: String, _ headers: [HTTPHeader] = Person.ownForm) async throws -> APIClient.Answer {
        let answer = try await world.send("POST", "/sign-in", headers, body: "token=\(token)")
        if let cookie = answer.header("Set-Cookie")?.split(separator: ";").first {
            state.withLockedValue { $0.cookie = String(cookie) }
        }
        return answer
    }

    /// Posts a form that a page of this session's showed. What `proof` is given stands in the place of the page's.
    func post(
        _ path: String, _ fields: String = "", proof: String? = nil, _ headers: [HTTPHeader] = Person.ownForm
    ) async throws -> APIClient.Answer {
        if self.proof == nil, let home = try await get("/").location { _ = try await get(home) }
        let proof = proof ?? self.proof ?? ""
        return try await world.send(
            "POST", path, headers + sent, body: "proof=\(proof)" + (fields.isEmpty ? "" : "&" + fields))
    }

    private var sent: [HTTPHeader] { cookie.map { [HTTPHeader("Cookie", $0)] } ?? [] }
}

extension APIClient.Answer {
    var location: String? { header("Location") }
}
