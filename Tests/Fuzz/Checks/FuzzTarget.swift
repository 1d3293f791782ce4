/// A subject of the fuzzer, and what must hold of it whatever the input is.
struct FuzzTarget: Sendable {
    let name: String
    private let check: @Sendable (inout FuzzInput) throws -> Void

    static let all = [
        FuzzTarget(name: "address", check: checkAddresses),
        FuzzTarget(name: "aws-signature", check: checkAWSSignature),
        FuzzTarget(name: "azure-challenge", check: checkAzureChallenge),
        FuzzTarget(name: "disclosure", check: checkDisclosure),
        FuzzTarget(name: "json", check: checkJSON),
        FuzzTarget(name: "json-spans", check: checkJSONSpans),
        FuzzTarget(name: "json-template", check: checkJSONTemplate),
        FuzzTarget(name: "relay-body", check: checkRelayBody),
        FuzzTarget(name: "store-uri", check: checkStoreURI),
        FuzzTarget(name: "template", check: checkTemplate),
        FuzzTarget(name: "webhook-url", check: checkWebhookURL),
    ]

    /// - Throws: `Violation`.
    func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        try check(&input)
    }
}

/// What should have held and did not.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

func require(_ holds: Bool, _ property: @autoclosure () -> String) throws(Violation) {
    guard holds else { throw Violation(description: property()) }
}
