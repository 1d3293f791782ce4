import HTTPTypes
import Hummingbird
import NIOCore

/// The API as OpenAPI 3.1 describes it, for people and for their tools. It is written by hand, in fragments of JSON in
/// the files beside this one; the tests prove it against the table of routes, the closed types whose words it lists,
/// and the answers of a running broker.
package struct OpenAPIDocument: Sendable {
    package let text: String

    /// - Parameter version: the broker's version.
    package init(version: String) {
        text = """
            {
            "openapi": "3.1.0",
            "info": \(Self.info(version)),
            "servers": [{ "url": "/" }],
            "security": [{ "token": [] }],
            "tags": \(Self.tags),
            "paths": {
            \([Self.secretPaths, Self.resolvePaths, Self.webhookPaths, Self.relayPaths, Self.tokenPaths, Self.auditPaths,
                Self.operationPaths].joined(separator: ",\n"))
            },
            "components": {
            "securitySchemes": \(Self.securitySchemes),
            "headers": \(Self.headers),
            "parameters": \(Self.parameters),
            "responses": \(Self.responses),
            "schemas": {
            \([Self.nameSchemas, Self.secretSchemas, Self.resolveSchemas, Self.webhookSchemas, Self.relaySchemas,
                Self.tokenSchemas, Self.auditSchemas, Self.statusSchemas, Self.problemSchemas].joined(separator: ",\n"))
            }
            }
            }

            """
    }

    /// The answer to `GET /openapi.json`.
    func answer() -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension OpenAPIDocument {
    private static func info(_ version: String) -> String {
        #"""
        {
          "title": "SecretBroker",
          "version": "\#(version)",
          "summary": "Lets W&B teams use secrets whose values stay in the operator's own cloud secret manager.",
          "description": "JSON both ways, except where said. An error is a problem of RFC 9457 with a stable `code`. \#
        A request's unknown fields and duplicate keys are refused. A path that is not here answers 404, a method \#
        that is not here 405 with `Allow`, both with `invalid_request`. Only a connection that closes without a \#
        status leaves a write's outcome unknown.",
          "license": { "name": "Apache 2.0", "identifier": "Apache-2.0" }
        }
        """#
    }

    private static let tags = #"""
        [
          { "name": "secrets", "description": "Everything about a team's secrets but their values, which only come in." },
          { "name": "resolve", "description": "The two calls that answer with values." },
          { "name": "webhooks", "description": "Where a team's automations deliver, and which secrets go there." },
          { "name": "relay", "description": "What W&B calls." },
          { "name": "tokens", "description": "Who may come in." },
          { "name": "audit", "description": "Who did what." },
          { "name": "operation", "description": "How the broker is." }
        ]
        """#

    private static let securitySchemes = #"""
        {
          "token": {
            "type": "http", "scheme": "bearer",
            "description": "`Authorization: Bearer sbt_...`. The token's role and team say what it may do."
          }
        }
        """#
}
