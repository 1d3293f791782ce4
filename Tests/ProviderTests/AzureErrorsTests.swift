import Broker
import Testing
import Transport

@testable import Providers

@Suite("The errors of Azure Key Vault")
struct AzureErrorsTests {
    private func failure(_ status: Int, _ body: String, _ headers: [(String, String)] = []) -> ProviderError {
        let headers = headers.map { (name: $0.0, value: $0.1) }
        return AzureFailure(
            HTTPAnswer(status: status, headers: headers, body: Secret(body)), at: Timestamp(milliseconds: 0)
        ).error(during: .getSecret)
    }

    @Test(
        "an inner code decides before the code, and a code before the status",
        arguments: AzureFailure.kinds.keys.sorted(), [200, 400, 403, 404, 409, 500])
    func byName(_ name: String, status: Int) {
        let inner = failure(status, #"{"error":{"code":"BadParameter","innererror":{"code":"\#(name)"}}}"#)
        let outer = failure(status, #"{"error":{"code":"\#(name)","innererror":{"code":"SomethingNew"}}}"#)
        #expect(inner.kind == AzureFailure.kinds[name])
        #expect(inner.vendorCode == name)
        #expect(outer.kind == AzureFailure.kinds[name])
        #expect(outer.vendorCode == "SomethingNew")
        #expect(inner.operation == "GetSecret")
    }

    @Test(
        "a disabled secret is known in both spellings in which Azure writes the inner error",
        arguments: ["innererror", "innerError"])
    func spellings(_ key: String) {
        let body = #"{"error":{"code":"Forbidden","message":"no","\#(key)":{"code":"SecretDisabled"}}}"#
        #expect(failure(403, body).kind == .disabled)
    }

    @Test(
        "what has no known name is judged by its status, and a proxy's refusal is not taken for the vault's",
        arguments: [
            (302, ProviderError.Kind.rejected), (400, .rejected), (401, .unauthenticated), (403, .rejected),
            (404, .rejected), (408, .unavailable), (409, .rejected), (429, .throttled), (500, .unavailable),
            (502, .unavailable),
            (599, .unavailable),
        ])
    func byStatus(_ status: Int, kind: ProviderError.Kind) {
        for body in ["", "<html>", "[]", #"{"error":"no"}"#, #"{"error":{"code":1}}"#, #"{"error":{"code":"New"}}"#] {
            #expect(failure(status, body).kind == kind)
        }
    }

    @Test("the request's id and the wait that Azure asks for are kept, its text is not")
    func facts() {
        let error = failure(
            429, #"{"error":{"code":"a sentence with hunter2","message":"hunter2"}}"#,
            [("x-ms-request-id", "3b1e-1"), ("Retry-After", "7")])
        #expect(error.requestID == "3b1e-1")
        #expect(error.retryAfter == .seconds(7))
        #expect(error.vendorCode == nil)
        #expect(!"\(error)".contains("hunter2"))
    }

    @Test(
        "a sign-in fails by Entra's number, for good unless Entra is busy",
        arguments: [
            (401, #"{"error":"invalid_client","error_codes":[7000215]}"#, ProviderError.Kind.unauthenticated),
            (400, #"{"error":"invalid_request","error_codes":[90002]}"#, .unauthenticated),
            (400, #"{"error":"temporarily_unavailable","error_codes":[90033]}"#, .unavailable),
            (408, "", .unavailable), (429, "", .throttled), (503, "<html>", .unavailable), (302, "", .unauthenticated),
        ])
    func signIn(_ status: Int, body: String, kind: ProviderError.Kind) {
        let answer = HTTPAnswer(status: status, headers: [], body: Secret(body))
        let error = AzureSignInFailure(answer, at: Timestamp(milliseconds: 0)).error(during: "ApplicationToken")
        #expect(error.kind == kind)
        #expect(error.vendorCode?.hasPrefix("AADSTS") ?? true)
    }
}

@Suite("A vault's challenge")
struct AzureChallengeTests {
    @Test("is read in the form in which Key Vault writes it")
    func good() {
        let tenant = "72F988BF-86f1-41af-91ab-2d7cd011db47"
        let challenge = AzureChallenge(
            "Bearer authorization=\"https://login.microsoftonline.com/\(tenant)\", resource=\"https://vault.azure.net\""
        )
        #expect(challenge?.isOf(.commercial) == true)
        #expect(challenge?.isOf(.china) == false)
        #expect(challenge?.tenant == tenant.lowercased())
    }

    @Test(
        "is one of this cloud only if it asks for exactly the token that is configured",
        arguments: [
            "", "https://vault.azure.cn", "https://vault.keyvault.net", "https://vault.azure.net.evil.example",
            "https://evil.example/vault.azure.net", "https://evil.example\\.vault.azure.net", "http://vault.azure.net",
            "https://user@vault.azure.net", "https://management.azure.com", "https://vault.azure.net/../x",
        ])
    func bad(_ resource: String) {
        let challenge = AzureChallenge("Bearer authorization=\"https://a/b\", resource=\"\(resource)\"")
        #expect(challenge?.isOf(.commercial) == false)
        #expect(challenge?.tenant == nil)
    }

    @Test(
        "is none if it is of another kind, or too long",
        arguments: [nil, "", "Basic realm=\"x\"", "Bearer" + String(repeating: " x=y,", count: 1000)])
    func none(_ header: String?) {
        #expect(AzureChallenge(header) == nil)
    }
}
