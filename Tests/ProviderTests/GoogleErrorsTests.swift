import Broker
import Support
import Testing
import Transport

@testable import Providers

@Suite("What Google refuses with")
struct GoogleErrorsTests {
    @Test("the table has every code of google.rpc")
    func isComplete() async throws {
        let (status, output) = try await PythonEnvironment.run("google_errors.py", [])
        try #require(status == 0)
        #expect(Set(output.split(separator: "\n").map(String.init)) == Set(GoogleFailure.kinds.keys))
    }

    @Test("a name decides whatever the status is", arguments: GoogleFailure.kinds.keys.sorted(), [200, 400, 404, 500])
    func byName(_ name: String, status: Int) {
        let error = GoogleFailure(status: status, name: name).error(during: .deleteSecret)
        #expect(error.kind == GoogleFailure.kinds[name])
        #expect(error.vendorCode == name)
        #expect(error.operation == "DeleteSecret")
    }

    @Test("a reason that is known decides before the name", arguments: GoogleFailure.reasons.keys.sorted())
    func byReason(_ reason: String) {
        let error = GoogleFailure(status: 403, name: "NOT_FOUND", reason: reason).error(during: .deleteSecret)
        #expect(error.kind == GoogleFailure.reasons[reason])
        #expect(error.vendorCode == reason)
        let unknown = GoogleFailure(status: 403, name: "NOT_FOUND", reason: "A_NEW_ONE").error(during: .deleteSecret)
        #expect(unknown.kind == .absent)
    }

    @Test(
        "what has no known name is judged by its status, and a proxy's 404 is no absence",
        arguments: [
            (400, ProviderError.Kind.rejected), (403, .rejected), (404, .rejected), (302, .rejected),
            (401, .unauthenticated), (408, .unavailable), (429, .throttled), (500, .unavailable), (502, .unavailable),
            (503, .unavailable),
        ])
    func byStatus(_ status: Int, kind: ProviderError.Kind) {
        #expect(GoogleFailure(status: status, name: nil).error(during: .accessSecretVersion).kind == kind)
        #expect(GoogleFailure(status: status, name: "NEW_CODE").error(during: .accessSecretVersion).kind == kind)
    }

    @Test("a failed precondition is a switched-off version when it is read, and a refusal otherwise")
    func precondition() {
        let failure = GoogleFailure(status: 400, name: "FAILED_PRECONDITION")
        #expect(failure.error(during: .accessSecretVersion).kind == .disabled)
        #expect(failure.error(during: .addSecretVersion).kind == .rejected)
        #expect(failure.error(during: .deleteSecret).kind == .rejected)
    }

    @Test("a refusal is the key's where Google says so, and only a denial and a precondition can be")
    func key() {
        func kind(_ name: String) -> ProviderError.Kind {
            GoogleFailure(status: 400, name: name, isAboutKey: true).error(during: .addSecretVersion).kind
        }
        #expect(kind("PERMISSION_DENIED") == .keyDenied)
        #expect(kind("FAILED_PRECONDITION") == .keyDisabled)
        #expect(kind("NOT_FOUND") == .absent)
        #expect(kind("INVALID_ARGUMENT") == .rejected)
        #expect(kind("UNAVAILABLE") == .unavailable)
    }

    private func failure(_ body: String, _ headers: [(name: String, value: String)] = []) -> GoogleFailure {
        GoogleFailure(
            HTTPAnswer(status: 400, headers: headers, body: Secret(body)), at: Timestamp(milliseconds: 0))
    }

    @Test("names, ids and delays are found where Google writes them")
    func details() {
        let body = """
            {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "m", "details": [
              {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED", "domain": "d"},
              {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "abc-1"},
              {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500s"}]}}
            """
        let error = failure(body).error(during: .createSecret)
        #expect(error.kind == .throttled)
        #expect(error.vendorCode == "RATE_LIMIT_EXCEEDED")
        #expect(error.requestID == "abc-1")
        #expect(error.retryAfter == .milliseconds(1500))
        #expect(failure(body, [("Retry-After", "7")]).retryAfter == .seconds(7))
        #expect(failure(#"{"error": "invalid_grant", "error_description": "hunter2"}"#).name == "invalid_grant")
    }

    @Test(
        "a key is recognised in Google's sentences",
        arguments: [
            (
                "Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource 'x' (or it may not exist).",
                true
            ),
            ("projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1 is not enabled", true),
            ("Secret Version [projects/1/secrets/s/versions/1] is in DISABLED state.", false),
            ("Permission 'secretmanager.versions.access' denied", false),
        ])
    func keySentences(_ message: String, isAboutKey: Bool) {
        let body = #"{"error": {"status": "FAILED_PRECONDITION", "message": "\#(message)"}}"#
        #expect(failure(body).isAboutKey == isAboutKey)
    }

    @Test(
        "text that is no identifier is not kept, and no body is too strange",
        arguments: [
            #"{"error": {"status": "the value hunter2 is bad", "details": [{"@type": 1}, 2, []]}}"#,
            #"{"error": ["hunter2"]}"#, #"{"error": {"details": "hunter2", "status": 7}}"#, "<html>hunter2</html>", "",
            "[]", "7",
        ])
    func noText(_ body: String) {
        let error = failure(body, [("x-goog-request-id", "a request with hunter2")]).error(during: .createSecret)
        #expect(error.vendorCode == nil)
        #expect(error.requestID == nil)
        #expect(error.kind == .rejected)
    }
}
