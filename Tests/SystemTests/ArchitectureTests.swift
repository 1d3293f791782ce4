import Foundation
import Support
import Testing

/// Who sees plaintext. A file that begins to, or ends, is added here or taken away by hand, and with it the reason.
/// `Simulator` is left out: it is the clouds.
@Suite("A secret's door")
struct ArchitectureTests {
    /// The files that are lent the bytes, of a `Secret` by `withBytes` or of a parsed message by `withString`.
    private static let borrowers = [
        "Sources/Broker/Secret.swift": "is the door",
        "Sources/Broker/Secret+Text.swift": "tests the bytes for a header, and is the door to text",
        "Sources/Broker/VisibleText.swift": "writes control characters so that they can be seen",
        "Sources/Broker/Template.swift": "renders values into a template",
        "Sources/Broker/RelayBody.swift": "renders values into a payload",
        "Sources/Broker/Delivery.swift": "signs a delivery with a value",
        "Sources/Broker/Relay.swift": "verifies W&B's signature with a value",
        "Sources/Broker/Spelling.swift": "undoes how an answer is written, to search it for values",
        "Sources/Broker/SecretSearch.swift": "searches a text for a value",
        "Sources/WireJSON/JSONNode.swift": "is the door of a parsed message",
        "Sources/Transport/CurlTransfer.swift": "gives libcurl bodies and client keys",
        "Sources/Transport/HeaderList.swift": "gives libcurl headers",
        "Sources/API/Answers.swift": "writes an answer that holds values",
        "Sources/API/Exchange.swift": "takes a value from a request",
        "Sources/API/Pages/Form.swift": "takes a value from a form",
        "Sources/API/Pages/Templates.swift": "shows a new token, once",
        "Sources/API/ResolveRoutes.swift": "answers a resolve",
        "Sources/API/TokenRoutes.swift": "answers with a new token, once",
        "Sources/API/TokenText.swift": "hashes a token",
        "Sources/secret-broker/Client.swift": "sends the operator's token, and parses answers",
        "Sources/secret-broker/Terminal.swift": "prints what somebody asked to see",
        "Sources/secret-broker/Commands/ResolveCommand.swift": "sends a template, and takes what was made of it",
        "Sources/secret-broker/Commands/SecretCommand.swift": "sends a value",
        "Sources/secret-broker/Commands/TokenCommand.swift": "prints a new token, once",
        "Sources/secret-broker/Settings/TransportSettings+Authorities.swift": "looks whether a file has certificates",
        "providers/BearerToken.swift": "reads a token, and puts it into a header",
        "providers/FormBody.swift": "encodes a credential for a form",
        "providers/JSONMessage.swift": "parses and encodes messages",
        "providers/SecretFile.swift": "trims what was read",
        "providers/aws/AWSClient.swift": "hashes a body for its signature",
        "providers/aws/AWSConfigFile.swift": "splits a file of credentials",
        "providers/aws/AWSContainerCredentials.swift": "reads credentials, and tests the token for them",
        "providers/aws/AWSCredentials.swift": "reads credentials",
        "providers/aws/AWSErrors.swift": "tests a failure's message, which may name what it is about",
        "providers/aws/AWSInstanceMetadata.swift": "reads credentials, and the name of their role",
        "providers/aws/AWSMessages.swift": "writes and reads values",
        "providers/aws/AWSSecurityTokenMessages.swift": "reads credentials",
        "providers/aws/SigV4.swift": "signs requests",
        "providers/azure/AzureClientAssertion.swift": "reads a certificate and its key",
        "providers/azure/AzureErrors.swift": "reads a failure's codes",
        "providers/azure/AzureMessages.swift": "writes values",
        "providers/google/GoogleErrors.swift": "tests a failure's message, which may name what it is about",
        "providers/google/GoogleMessages.swift": "writes and reads values",
        "providers/google/GoogleMetadataServer.swift": "reads the account's name",
        "providers/google/GoogleServiceAccount.swift": "reads a key",
        "providers/kubernetes/KubernetesErrors.swift": "tests a failure's message, which may name what it is about",
        "providers/kubernetes/KubernetesMessages.swift": "writes and reads values",
    ]

    /// The files that make text of the bytes, which is not wiped.
    private static let makersOfText = [
        "Sources/Broker/Secret+Text.swift": "is the door",
        "Sources/Broker/SamplePayload.swift": "escapes an example",
        "Sources/API/Pages/Form.swift": "decodes the fields that are no secret",
        "Sources/secret-broker/Commands/DevCommand.swift": "writes the tokens of a simulated cloud's broker to a file",
        "Sources/secret-broker/Commands/Tour.swift": "prints the tokens of a simulated cloud's broker",
        "Sources/secret-broker/TextFile.swift": "reads files that are no secret",
        "providers/aws/AWSProfiles.swift": "reads the settings that are no secret",
        "providers/azure/AzureManagedIdentity.swift": "encodes a query that holds no secret",
        "providers/kubernetes/Kubeconfig.swift": "parses YAML, whose parser takes nothing else",
        "providers/kubernetes/KubernetesCredentials.swift": "reads the name of the pod's namespace",
    ]

    /// The files of the product whose code has the word, without the simulator's.
    private static func files(with word: Regex<Substring>) throws -> Set<String> {
        let root = PythonEnvironment.packageRoot
        // To Unicode, `secret.withBytes` is one word.
        let word = word.wordBoundaryKind(.simple)
        var found: Set<String> = []
        for folder in ["Sources", "providers"] {
            let paths = try #require(FileManager.default.enumerator(atPath: "\(root)/\(folder)"))
            for case let path as String in paths where path.hasSuffix(".swift") && !path.hasPrefix("Simulator/") {
                let text = try String(contentsOfFile: "\(root)/\(folder)/\(path)", encoding: .utf8)
                let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
                if code.contains(where: { $0.contains(word) }) { found.insert("\(folder)/\(path)") }
            }
        }
        return found
    }

    @Test("lends the bytes to the files of the list and to no others")
    func borrowers() throws {
        #expect(try Self.files(with: #/\bwith(?:Bytes|String)\b/#) == Set(Self.borrowers.keys))
    }

    @Test("makes text for the files of the list and for no others")
    func makersOfText() throws {
        #expect(try Self.files(with: #/\bunwipedText\b/#) == Set(Self.makersOfText.keys))
    }
}
