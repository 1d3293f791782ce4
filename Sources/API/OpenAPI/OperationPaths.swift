extension OpenAPIDocument {
    static let operationPaths = #"""
        "/v1/status": {
          "get": {
            "operationId": "status", "tags": ["operation"], "summary": "How the broker and its stores are",
            "description": "For admin, team-admin, member and auditor. A team's token sees its team's store only.",
            "responses": {
              "200": {
                "description": "The status.", "headers": { \#(requestID) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } }
              },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        },
        "/metrics": {
          "get": {
            "operationId": "metrics", "tags": ["operation"], "summary": "Metrics for Prometheus",
            "description": "For whoever asks from the broker's machine, and for admin and auditor of all teams.",
            "security": [{}, { "token": [] }],
            "responses": {
              "200": {
                "description": "Prometheus' text format.", "headers": { \#(requestID) },
                "content": { "text/plain": { "schema": { "type": "string" } } }
              },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        },
        "/healthz": {
          "get": {
            "operationId": "alive", "tags": ["operation"], "summary": "Whether the broker runs",
            "description": "For anybody.", "security": [],
            "responses": {
              "200": { "$ref": "#/components/responses/Alive" }
            }
          }
        },
        "/readyz": {
          "get": {
            "operationId": "ready", "tags": ["operation"], "summary": "Whether the broker can serve",
            "description": "For anybody. Ready when the catalog answers and can record, whatever the stores do.",
            "security": [],
            "responses": {
              "200": { "$ref": "#/components/responses/Readiness" },
              "503": { "$ref": "#/components/responses/Readiness" }
            }
          }
        },
        "/openapi.json": {
          "get": {
            "operationId": "document", "tags": ["operation"], "summary": "This document",
            "description": "For anybody.", "security": [],
            "responses": {
              "200": {
                "description": "OpenAPI 3.1.", "headers": { \#(requestID) },
                "content": { "application/json": { "schema": { "type": "object", "required": ["openapi"] } } }
              }
            }
          }
        }
        """#

    static let statusSchemas = #"""
        "Alive": {
          "type": "object", "additionalProperties": false, "required": ["status"],
          "properties": { "status": { "type": "string", "const": "ok" } }
        },
        "Readiness": {
          "type": "object", "additionalProperties": false, "required": ["status", "catalog", "audit", "stores"],
          "properties": {
            "status": { "enum": ["ok", "unavailable"] },
            "catalog": { "enum": ["ok", "unavailable"] },
            "audit": { "enum": ["ok", "unavailable"] },
            "stores": { "enum": ["ok", "degraded"], "description": "Degraded: one does not answer; warm values serve." }
          }
        },
        "Status": {
          "type": "object", "additionalProperties": false,
          "required": ["version", "stores"],
          "description": "A token of one team sees its team's store, and neither journal, health nor refused sign-ins.",
          "properties": {
            "version": { "type": "string" },
            "stores": { "type": "array", "items": { "$ref": "#/components/schemas/StoreStatus" } },
            "journal": {
              "type": "object", "additionalProperties": false,
              "required": ["writing", "purging", "repeating", "held"],
              "description": "References that must not exist unless they are committed, by what becomes of them.",
              "properties": {
                "writing": { "type": "integer", "minimum": 0 },
                "purging": { "type": "integer", "minimum": 0 },
                "repeating": { "type": "integer", "minimum": 0 },
                "held": { "type": "integer", "minimum": 0 },
                "oldest_at": { "$ref": "#/components/schemas/Timestamp" }
              }
            },
            "refused_sign_ins": {
              "type": "integer", "minimum": 0, "description": "Requests without a valid token, since the start."
            }
          }
        },
        "StoreStatus": {
          "type": "object", "additionalProperties": false,
          "required": ["name", "provider", "location", "key", "warnings"],
          "properties": {
            "name": { "$ref": "#/components/schemas/StoreName" },
            "provider": { "type": "string" },
            "location": { "type": "string" },
            "key": { "type": "string", "description": "What guards the values." },
            "warnings": { "type": "array", "items": { "$ref": "#/components/schemas/Warning" } },
            "health": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "last_success_at": { "$ref": "#/components/schemas/Timestamp" },
                "last_failure_at": { "$ref": "#/components/schemas/Timestamp" },
                "last_failure": { "$ref": "#/components/schemas/StoreFailure" },
                "left_alone": {
                  "type": "array", "items": { "enum": ["create", "read", "purge"] },
                  "description": "What is asked of the store now and then only, since it did not answer."
                }
              }
            }
          }
        },
        "StoreFailure": {
          "type": "string",
          "enum": [
            "absent", "disabled", "denied", "keyDenied", "keyDisabled", "unauthenticated", "throttled", "unavailable",
            "busy", "conflict", "limitExceeded", "corrupt", "overloaded", "rejected", "notConfigured"
          ]
        }
        """#
}
