import Foundation
import Support
import Testing

@Suite("The API document, on the built program", .timeLimit(.minutes(4)))
struct OpenAPITests {
    private struct Settings: Encodable {
        let url: String
        let admin: String
        let resolver: String
        let destination: String
    }

    @Test("allows every answer that schemathesis gets, and none is a server error")
    func holds() async throws {
        let place = try await Installation()
        let receiver = try await WebhookReceiver()
        let broker = try await place.serve([
            "SSL_CERT_FILE": receiver.certificate, "SECRET_BROKER_RELAY_ALLOW": "localhost",
        ])
        let settings = Settings(
            url: broker.url, admin: place.admin, resolver: place.resolver,
            destination: receiver.url("/status/202"))
        let input = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        #expect(try await PythonEnvironment.run("openapi_holds.py", [], input: input).status == 0)
        #expect(!receiver.received.isEmpty)
        #expect(await broker.end() == 0)
        await receiver.end()
        await place.end()
    }

    @Test("is printed by a command that needs no settings, as a broker serves it to anybody")
    func printed() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        let served = try await APIClient(place.http, url: broker.url, token: nil).call("GET", "/openapi.json")
        #expect(served.status == 200)
        #expect(served.header("content-type") == "application/json")
        #expect(served.header("x-request-id") != nil)
        let printed = try await BrokerBinary.run(["openapi"], environment: [:])
        #expect(printed.status == 0)
        #expect(printed.output == served.body)
        #expect(await broker.end() == 0)
        await place.end()
    }
}
