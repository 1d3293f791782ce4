import Broker
import Support
import Testing

@testable import Providers

@Suite("What AWS refuses with")
struct AWSErrorsTests {
    @Test("the table has every error of the API models", arguments: ["secretsmanager", "sts"])
    func isComplete(_ service: String) async throws {
        let (status, output) = try await PythonEnvironment.run("aws_errors.py", [service])
        try #require(status == 0)
        let names = output.split(separator: "\n").map(String.init)
        #expect(names.count >= 12)
        for name in names { #expect(AWSFailure.kinds[name] != nil, "\(name)") }
    }

    @Test(
        "a name decides whatever the status is", arguments: AWSFailure.kinds.keys.sorted(), [200, 400, 403, 404, 500])
    func byName(_ name: String, status: Int) {
        let error = AWSFailure(status: status, name: name).error(during: .deleteSecret)
        #expect(error.kind == AWSFailure.kinds[name])
        #expect(error.vendorCode == name)
        #expect(error.operation == "DeleteSecret")
    }

    @Test(
        "a name is found in each form in which AWS writes it",
        arguments: [
            "ThrottlingException", "com.amazonaws.secretsmanager#ThrottlingException",
            "ThrottlingException:http://internal.amazon.com/coral/com.amazon.coral.availability/",
            "com.amazon.coral.availability#ThrottlingException:http://internal.amazon.com/",
        ])
    func forms(_ text: String) {
        let error = AWSFailure(status: 400, name: text).error(during: .getSecretValue)
        #expect(error.kind == .throttled)
        #expect(error.vendorCode == "ThrottlingException")
    }

    @Test(
        "what has no known name is judged by its status",
        arguments: [
            (400, ProviderError.Kind.rejected), (403, .rejected), (404, .rejected), (302, .rejected), (429, .throttled),
            (408, .unavailable), (500, .unavailable), (502, .unavailable), (503, .unavailable), (599, .unavailable),
        ])
    func byStatus(_ status: Int, kind: ProviderError.Kind) {
        #expect(AWSFailure(status: status, name: nil).error(during: .getSecretValue).kind == kind)
        #expect(AWSFailure(status: status, name: "NewException").error(during: .getSecretValue).kind == kind)
    }

    @Test("an invalid request is a switched-off secret when it is read, and a refusal otherwise")
    func invalidRequest() {
        let failure = AWSFailure(status: 400, name: "InvalidRequestException")
        #expect(failure.error(during: .getSecretValue).kind == .disabled)
        #expect(failure.error(during: .createSecret).kind == .rejected)
        #expect(failure.error(during: .deleteSecret).kind == .rejected)
    }

    @Test("a denial is the key's where AWS says so, and only a denial")
    func keyDenial() {
        func kind(_ name: String) -> ProviderError.Kind {
            AWSFailure(status: 400, name: name, isKeyDenial: true).error(during: .getSecretValue).kind
        }
        #expect(kind("AccessDeniedException") == .keyDenied)
        #expect(kind("ResourceNotFoundException") == .absent)
        #expect(kind("ThrottlingException") == .throttled)
    }

    @Test("text that is no identifier is not kept")
    func noText() {
        let error = AWSFailure(
            status: 400, name: "The security token hunter2 is invalid", requestID: "a request with hunter2"
        ).error(during: .getSecretValue)
        #expect(error.vendorCode == nil)
        #expect(error.requestID == nil)
    }
}
