import Broker
import Testing
import Transport

@testable import Providers

@Suite("What an API server refuses with")
struct KubernetesErrorsTests {
    private func error(
        _ status: Int, _ body: String, _ headers: [(name: String, value: String)] = [],
        during operation: KubernetesOperation = .createSecret
    ) -> ProviderError {
        let answer = HTTPAnswer(status: status, headers: headers, body: Secret(body))
        return KubernetesFailure(answer, at: Timestamp(milliseconds: 0)).error(during: operation)
    }

    private func status(_ reason: String, _ message: String = "hunter2", _ details: String = "{}") -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\#(message)","#
            + #""reason":"\#(reason)","details":\#(details),"code":0}"#
    }

    @Test(
        "a reason decides whatever the status is", arguments: KubernetesFailure.kinds.keys.sorted(),
        [400, 403, 409, 500])
    func byReason(_ reason: String, code: Int) {
        let error = error(code, status(reason, "hunter2", #"{"kind":"secrets"}"#), during: .getSecret)
        #expect(error.kind == KubernetesFailure.kinds[reason])
        #expect(error.vendorCode == reason)
        #expect(error.operation == "GetSecret")
    }

    /// A 404 of something that is no API server must not make a value lost, or a purge done.
    @Test("only an absent Secret is absent: not a namespace, not a path, not a page")
    func absent() {
        #expect(
            error(404, status("NotFound", "x", #"{"kind":"secrets","name":"a"}"#), during: .getSecret).kind == .absent)
        for body in [
            status("NotFound"), status("NotFound", "x", #"{"kind":"namespaces"}"#), "404 page not found", "",
            "<html>secrets not found</html>",
        ] {
            #expect(error(404, body, during: .getSecret).kind == .rejected)
            #expect(error(404, body, during: .deleteSecret).kind == .rejected)
        }
        #expect(error(404, status("NotFound", "x", #"{"kind":"secrets"}"#), during: .createSecret).kind == .rejected)
    }

    @Test(
        "what is Forbidden by a quota or a policy is no missing grant",
        arguments: [
            (
                #"secrets \"a\" is forbidden: exceeded quota: q, requested: secrets=1"#, "{}",
                ProviderError.Kind.limitExceeded
            ),
            (#"admission webhook \"w.example\" denied the request: hunter2"#, "{}", .rejected),
            (
                #"secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request"#, "{}",
                .rejected
            ),
            ("x", #"{"causes":[{"reason":"NamespaceTerminating"}]}"#, .rejected),
            (#"secrets is forbidden: User \"u\" cannot create resource \"secrets\""#, "{}", .denied),
        ] as [(String, String, ProviderError.Kind)])
    func forbidden(_ message: String, details: String, kind: ProviderError.Kind) {
        let error = error(403, status("Forbidden", message, details))
        #expect(error.kind == kind)
        #expect(error.vendorCode?.hasPrefix("Forbidden") == true)
        #expect((error.vendorCode == "Forbidden") == (kind == .denied))
    }

    @Test(
        "what has no known reason is judged by its status",
        arguments: [
            (400, ProviderError.Kind.rejected), (401, .unauthenticated), (403, .rejected), (302, .rejected),
            (408, .unavailable), (429, .throttled), (500, .unavailable), (502, .unavailable), (504, .unavailable),
        ])
    func byStatus(_ code: Int, kind: ProviderError.Kind) {
        for body in ["", "hunter2", status("NewReason"), #"{"kind":"Secret","reason":"AlreadyExists"}"#] {
            #expect(error(code, body).kind == kind)
        }
    }

    @Test("a quota whose count others are writing is the cluster at work, not out of order")
    func contended() {
        let error = error(409, status("Conflict"))
        #expect(error.kind == .busy)
        #expect(error.isTransient)
    }

    @Test("says when to come back: by header, else by the Status, never longer than a day")
    func retryAfter() {
        let details = #"{"retryAfterSeconds":7}"#
        let throttled = status("TooManyRequests", "x", details)
        #expect(error(429, throttled).retryAfter == .seconds(7))
        #expect(error(429, throttled, [("Retry-After", "3")]).retryAfter == .seconds(3))
        #expect(error(429, status("TooManyRequests", "x", #"{"retryAfterSeconds":-1}"#)).retryAfter == nil)
        #expect(error(429, status("TooManyRequests", "x", #"{"retryAfterSeconds":99999999}"#)).retryAfter == nil)
    }

    @Test("a sign-in is refused by Unauthorized alone, and the audit id is kept")
    func signIn() {
        #expect(KubernetesFailure(status: 401, reason: nil).isOfSignIn)
        #expect(!KubernetesFailure(status: 403, reason: "Forbidden").isOfSignIn)
        #expect(error(500, "", [("Audit-Id", "c0ffee-1")]).requestID == "c0ffee-1")
    }

    @Test("no sentence is kept, and a reason that is no word neither")
    func noText() {
        let error = error(400, status("a reason with hunter2"), [("Audit-Id", "an id with hunter2")])
        #expect(error.vendorCode == nil)
        #expect(error.requestID == nil)
        #expect(!"\(error)".contains("hunter2"))
    }
}
