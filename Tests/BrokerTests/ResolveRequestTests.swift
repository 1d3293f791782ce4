import Support
import Testing

@testable import Broker

@Suite("A resolve request")
struct ResolveRequestTests {
    private func request(
        _ text: String, headers: String? = nil, variables: [String: String] = [:]
    ) throws -> ResolveRequest {
        let headers = try headers.map { text in
            let bytes = Array(text.utf8)
            return try JSONTemplate(bytes, in: bytes.indices, as: .headers)
        }
        return try ResolveRequest(body: .text(Template(text.utf8)), headers: headers, variables: variables)
    }

    private func found(_ names: [SecretName]) -> FoundValues {
        let all = names.map { name in
            FoundValue(name: name, version: Version.sample(name.text), secret: Secret(text: "value of \(name)"))
        }
        return FoundValues(all: all, warnings: [])
    }

    @Test("asks for the secrets of body and headers in order, each once, and puts each in its place", arguments: 1...50)
    func names(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let names = (0..<Int.random(in: 1...200, using: &random)).map { _ in
            "N\(Int.random(in: 0..<100, using: &random))"
        }
        let text = names.map { "${\($0)}" }.joined(separator: " ")
        let request = try request(text, headers: #"{"X": "\#(text)"}"#)
        let secrets = request.wanted().secrets
        #expect(secrets.map(\.text) == Set(names).sorted())
        let resolved = try request.render(found(secrets))
        let expected = names.map { "value of \($0)" }.joined(separator: " ")
        #expect(resolved.body.shown == expected)
        #expect(resolved.headers?.shown == #"{"X": "\#(expected)"}"#)
        #expect(resolved.used.map(\.name) == secrets)
    }

    @Test("names a hundred secrets and variables, and no more")
    func bound() throws {
        let names = (1...101).map { "${N\($0)}" }
        #expect(try request(names.dropLast().joined() + names[0]).wanted().secrets.count == 100)
        #expect(throws: BrokerError.self) { try request(names.joined()) }
        #expect(throws: BrokerError.self) {
            try request(names.dropLast().joined(), headers: #"{"X": "\#(names[100])"}"#)
        }
    }

    @Test("takes what it gives for a variable's text, and a blank for one that may be missing")
    func variables() throws {
        let request = try request("${event_type}-${alias}-${KEY}", variables: ["event_type": "${KEY}"])
        let secrets = request.wanted().secrets
        #expect(secrets.map(\.text) == ["KEY"])
        #expect(try request.render(found(secrets)).body.shown == "${KEY}--value of KEY")
    }

    @Test("names no secret where a variable's text would break a header's line")
    func headerInjection() throws {
        let request = try request(
            "x", headers: #"{"X": "${KEY} ${event_type}"}"#, variables: ["event_type": "a\nb"])
        let found = found(request.wanted().secrets)
        #expect(throws: BrokerError.headerInjection(nil)) { try request.render(found) }
    }

    @Test("tells all of W&B's variables that it does not give")
    func missing() throws {
        let request = try request("${project_name} ${KEY} ${artifact_metadata.x} ${alias} ${event_type}")
        #expect(request.wanted().missing == ["artifact_metadata.x", "event_type", "project_name"])
    }

    @Test("is not filled in without the value of each secret")
    func incomplete() throws {
        let request = try request("${A}${C}${E}")
        for missing in 0..<3 {
            var names = request.wanted().secrets
            let name = names.remove(at: missing).text
            #expect(throws: BrokerError.unknownVariable([name])) { try request.render(found(names)) }
        }
    }
}
