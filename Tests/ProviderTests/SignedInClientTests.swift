import Broker
import Testing
import Transport

@testable import Providers

@Suite("A call that waits for a sign-in", .timeLimit(.minutes(1)))
struct SignedInClientTests {
    @Test(
        "ends with what the sign-in failed with, unless that would say something of a secret",
        arguments: ProviderError.Kind.allCases)
    func signInFails(_ kind: ProviderError.Kind) async throws {
        let failure = ProviderError(kind, during: "Token", vendorCode: "Odd", requestID: "r-1")
        let http = try HTTPClient(.fromEnvironment([:]))
        defer { http.shutDown() }
        let signIns = TokenCache<Secret>(refreshAhead: .zero, clock: { Timestamp(milliseconds: 0) }) {
            () async throws(ProviderError) in throw failure
        }
        let client = SignedInClient(http: http, signIns: signIns, deadline: .seconds(1))
        let ended = await #expect(throws: ProviderError.self) {
            try await client.call("GetSecret") { _ in
                HTTPCall("GET", "https://127.0.0.1:1/")
            } refusal: { _ in
                nil
            }
        }
        let saysNothing: Set<ProviderError.Kind> = [
            .denied, .unauthenticated, .throttled, .unavailable, .limitExceeded, .overloaded, .rejected, .notConfigured,
        ]
        #expect(
            ended
                == ProviderError(
                    saysNothing.contains(kind) ? kind : .unavailable, during: "Token", vendorCode: "Odd",
                    requestID: "r-1"))
    }
}
