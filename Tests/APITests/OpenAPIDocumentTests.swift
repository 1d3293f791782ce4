import Broker
import HTTPTypes
import Support
import Testing
import WireJSON

@testable import API

@Suite("The API document")
struct OpenAPIDocumentTests {
    private static let text = OpenAPIDocument(version: "1.2.3").text

    private let document: JSONDocument

    init() throws {
        document = try unsafe JSONDocument(parsing: Self.text.utf8.span.bytes)
    }

    private func node(_ keys: String...) throws -> JSONNode {
        try keys.reduce(document.root) { node, key in try #require(node[key], "\(key)") }
    }

    private func words(_ schema: JSONNode) -> [String] { (schema["enum"]?.elements ?? []).compactMap(\.string) }

    /// By method and path, as a route has them.
    private func operations() throws -> [String: JSONNode] {
        var operations: [String: JSONNode] = [:]
        let paths = try node("paths")
        for path in paths.keys {
            for method in paths[path]?.keys ?? [] where method != "parameters" {
                operations["\(method.uppercased()) \(path)"] = paths[path]?[method]
            }
        }
        return operations
    }

    private func table() async throws -> [Route] {
        let clock = ManualClock()
        let catalog = try TestCatalog(clock: { clock.timestamp })
        return Route.table(
            try await PagesWorld.services(catalog, ScriptedProvider(), clock), refusals: SignInRefusals(),
            requests: RequestMetrics(), listener: Listener())
    }

    @Test("is valid OpenAPI 3.1, of the broker's version")
    func valid() async throws {
        #expect(try node("info", "version").string == "1.2.3")
        #expect(try await PythonEnvironment.run("openapi_valid.py", [], input: Self.text).status == 0)
    }

    @Test("has each route of the table, and no other")
    func routes() async throws {
        #expect(try await Set(operations().keys) == Set(table().map { "\($0.method.rawValue) \($0.path)" }))
    }

    @Test("says of each route who may call it, and what every route of its kind may answer")
    func answers() async throws {
        let operations = try operations()
        for route in try await table() {
            let name = "\(route.method.rawValue) \(route.path)"
            let operation = try #require(operations[name])
            #expect(operation["description"]?.string?.hasPrefix("For ") == true, "\(name)")
            let statuses: [String] =
                switch route.handler {
                case .open: []
                case .local, .signedIn, .recorded:
                    ["401", "403", "503"] + (operation["requestBody"] == nil ? [] : ["408", "413"])
                }
            let documented = Set(operation["responses"]?.keys ?? [])
            for status in statuses {
                #expect(
                    documented.contains(status) || documented.contains(status.prefix(1) + "XX"), "\(name) \(status)")
            }
        }
        let ids = operations.values.compactMap { $0["operationId"]?.string }
        #expect(Set(ids).count == operations.count)
    }

    @Test(
        "lists all words of a closed type, and no other",
        arguments: [
            ("ProblemCode", BrokerError.Code.allCases.map(\.rawValue)),
            ("Role", Role.allCases.map(\.rawValue)),
            ("AuditAction", AuditEvent.Action.allCases.map(\.rawValue)),
            ("StoreFailure", ProviderError.Kind.allCases.map(\.rawValue)),
            ("WandbVariable", WandbVariable.names),
        ])
    func closedTypes(_ schema: String, _ words: [String]) throws {
        #expect(try self.words(node("components", "schemas", schema)).sorted() == words.sorted())
    }

    @Test("lists all words of a webhook's settings")
    func webhookWords() throws {
        let settings = try node("components", "schemas", "WebhookCreation", "properties")
        #expect(try words(#require(settings["answer"])) == Webhook.Answer.allCases.map(\.rawValue))
        #expect(
            try words(#require(settings["signature_encoding"])) == Webhook.SignatureEncoding.allCases.map(\.rawValue))
        let fields = Set(settings.keys)
        #expect(fields == WebhookText.fields.union(["name"]))
    }

    @Test("takes no field in a request that it does not name")
    func closedRequests() throws {
        let schemas = try node("components", "schemas")
        for operation in try operations().values {
            let schema = operation["requestBody"]?["content"]?["application/json"]?["schema"]
            guard let name = schema?["$ref"]?.string?.split(separator: "/").last else { continue }
            #expect(schemas[String(name)]?["additionalProperties"]?.boolean == false, "\(name)")
        }
    }
}
