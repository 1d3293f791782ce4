extension OpenAPIDocument {
    static let auditPaths = #"""
        "/v1/audit": {
          "get": {
            "operationId": "readAudit", "tags": ["audit"], "summary": "Read the audit log",
            "description": "For admin and auditor. A team's token reads its team's records. The oldest come first. A page ends sooner than at `limit` when it is larger than 4 MiB; where the log goes on behind it, `Link` names the next one.",
            "parameters": [
              {
                "name": "team", "in": "query", "schema": { "$ref": "#/components/schemas/TeamName" },
                "description": "Without it, all that the caller may read."
              },
              {
                "name": "after", "in": "query",
                "schema": { "type": "integer", "format": "int64", "minimum": 0, "default": 0 },
                "description": "The `seq` of the last record that was read."
              },
              {
                "name": "limit", "in": "query",
                "schema": { "type": "integer", "minimum": 1, "maximum": 10000, "default": 1000 }
              }
            ],
            "responses": {
              "200": {
                "description": "Lines, each an `AuditRecord`, in order.",
                "headers": { \#(requestID), "Link": { "$ref": "#/components/headers/Link" } },
                "content": { "application/x-ndjson": { "schema": { "type": "string" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        }
        """#

    static let auditSchemas = #"""
        "AuditRecord": {
          "type": "object", "additionalProperties": false,
          "required": ["seq", "timestamp", "action", "outcome", "actor_user_id", "actor_name", "request_id"],
          "description": "In W&B's audit field names, where W&B has them.",
          "properties": {
            "seq": { "type": "integer", "minimum": 1 },
            "timestamp": { "$ref": "#/components/schemas/Timestamp" },
            "action": { "$ref": "#/components/schemas/AuditAction" },
            "outcome": {
              "type": "string", "enum": ["attempted", "done", "failed", "held"],
              "description": "`attempted`: recorded before the act, whose outcome follows in a record of its own."
            },
            "response_code": { "type": "integer", "description": "What a webhook's destination answered." },
            "code": { "$ref": "#/components/schemas/ProblemCode" },
            "held_until": { "$ref": "#/components/schemas/Timestamp" },
            "actor_user_id": { "type": "string" },
            "actor_name": { "type": "string" },
            "actor_ip": { "type": "string" },
            "entity_name": { "$ref": "#/components/schemas/TeamName" },
            "webhook": { "$ref": "#/components/schemas/WebhookName" },
            "destination": {
              "type": "string",
              "description": "Of the webhook: `host:port`. A URL's path and query are not recorded. Missing in records of earlier versions, and where no webhook was found."
            },
            "secrets": {
              "type": "array", "description": "Of a new token: those that it is limited to.",
              "items": {
                "type": "object", "additionalProperties": false, "required": ["name"],
                "properties": {
                  "name": { "$ref": "#/components/schemas/SecretName" },
                  "version": { "$ref": "#/components/schemas/VersionID" }
                }
              }
            },
            "adopted_from": {
              "type": "string",
              "description": "With `secret:adopt`: the store's name for what was adopted. Missing in records of earlier versions."
            },
            "subject": { "type": "string", "description": "The token or the store that it was about." },
            "token_name": {
              "type": "string",
              "description": "Of a new token, as the two below: what it is. Missing in records of earlier versions."
            },
            "token_role": { "$ref": "#/components/schemas/Role" },
            "expires_at": { "$ref": "#/components/schemas/Timestamp", "description": "Missing: never." },
            "request_id": { "type": "string" }
          }
        },
        "AuditAction": {
          "type": "string",
          "enum": [
            "secret:create", "secret:rotate", "secret:delete", "secret:migrate", "secret:purge", "secret:adopt", "secret:drift",
            "secret:resolve", "secret:read_values", "team:assign_store", "token:create", "token:revoke", "webhook:create",
            "webhook:update", "webhook:delete", "webhook:confirm", "webhook:test", "webhook:relay",
            "audit:prune", "catalog:backup"
          ]
        }
        """#
}
