extension OpenAPIDocument {
    static let headers = #"""
        {
          "X-Request-Id": {
            "description": "Names the request in the broker's log and in its audit log.", "required": true,
            "schema": { "type": "string", "pattern": "^req_[0-9a-f]{16}$" }
          },
          "ETag": {
            "description": "The version, in double quotes, for `If-Match`.", "required": true,
            "schema": { "type": "string", "pattern": "^\"[0-9a-z]{16}\"$" }
          },
          "Link": {
            "description": "The next page, where there is one: `</v1/audit?after=N&limit=L>; rel=\"next\"`.",
            "schema": { "type": "string" }
          },
          "Retry-After": {
            "description": "In seconds.", "schema": { "type": "integer", "minimum": 1 }
          },
          "WWW-Authenticate": {
            "required": true, "schema": { "type": "string", "const": "Bearer" }
          }
        }
        """#

    static let parameters = #"""
        {
          "team": {
            "name": "team", "in": "path", "required": true, "description": "A W&B entity, compared byte for byte.",
            "schema": { "$ref": "#/components/schemas/TeamName" }, "example": "research"
          },
          "name": {
            "name": "name", "in": "path", "required": true, "description": "A secret's name.",
            "schema": { "$ref": "#/components/schemas/SecretName" }, "example": "GITHUB_TOKEN"
          },
          "webhook": {
            "name": "webhook", "in": "path", "required": true, "description": "A webhook's name within its team.",
            "schema": { "$ref": "#/components/schemas/WebhookName" }, "example": "deploy"
          },
          "If-Match": {
            "name": "If-Match", "in": "header",
            "description": "The version that must be present still: the `ETag` of an answer. Otherwise 412.",
            "schema": { "type": "string", "pattern": "^\"[!#-~]{1,64}\"$" }
          }
        }
        """#

    /// The answers that several operations refer to. A description beside the reference replaces the one here.
    static let responses = #"""
        {
          "WebhookNow": {
            "description": "The webhook as it is now.", "headers": { \#(requestID), \#(eTag) },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Webhook" } } }
          },
          "Alive": {
            "description": "Yes.", "headers": { \#(requestID) },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Alive" } } }
          },
          "Readiness": {
            "description": "Which of its parts can serve.", "headers": { \#(requestID) },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Readiness" } } }
          },
          "Problem": { \#(problem), "description": "A problem." },
          "Malformed": { \#(problem), "description": "`invalid_request` or `invalid_name`." },
          "Unauthenticated": {
            "description": "`unauthenticated`: the token is missing, unknown, expired or revoked.",
            "headers": {
              "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" },
              "WWW-Authenticate": { "$ref": "#/components/headers/WWW-Authenticate" }
            },
            "content": { \#(problemContent) }
          },
          "Forbidden": { \#(problem), "description": "`forbidden`: the token may not do that, whether it exists or not." },
          "NoSuchWebhook": {
            \#(problem), "description": "`invalid_request`: the team has no webhook of this name."
          },
          "TooSlow": { \#(problem), "description": "`invalid_request`: the body did not arrive within 30 seconds." },
          "TooLarge": { \#(problem), "description": "`invalid_request`: the body is larger than 1 MiB." },
          "StoreFailed": {
            \#(problem),
            "description": "`provider_denied` or `provider_rejected`: the store did not do its part; `operation` says of \#
        what, `vendor_code` and `vendor_request_id` what it said."
          },
          "Unavailable": {
            "description": "`audit_unavailable`, `overloaded`, `provider_throttled` or `provider_unavailable`: nothing \#
        was done, and the same request may succeed later.",
            "headers": {
              "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" },
              "Retry-After": {
                "description": "In seconds.", "required": true, "schema": { "type": "integer", "minimum": 1 }
              }
            },
            "content": { \#(problemContent) }
          }
        }
        """#

    /// The headers of an operation's answer.
    static let requestID = #"""
        "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" }
        """#
    static let eTag = #"""
        "ETag": { "$ref": "#/components/headers/ETag" }
        """#

    static let problemContent = #"""
        "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        """#

    private static let problem = #"""
        "headers": {
          "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" },
          "Retry-After": { "$ref": "#/components/headers/Retry-After" }
        },
        "content": { \#(problemContent) }
        """#

    static let nameSchemas = #"""
        "TeamName": { "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$" },
        "WebhookName": { "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$" },
        "SecretName": { "type": "string", "pattern": "^[A-Za-z0-9_]{1,128}$" },
        "StoreName": { "type": "string", "pattern": "^[a-z0-9-]{1,32}$" },
        "VersionID": { "type": "string", "pattern": "^[a-z2-7]{16}$" },
        "Timestamp": { "type": "string", "format": "date-time" },
        "Warning": {
          "type": "object", "additionalProperties": false, "required": ["code", "message", "docs"],
          "description": "What an operator should know. The code is stable.",
          "properties": {
            "code": { "type": "string", "pattern": "^[a-z0-9_]+$" },
            "message": { "type": "string" },
            "docs": { "type": "string" }
          }
        }
        """#

    static let problemSchemas = #"""
        "Problem": {
          "type": "object", "additionalProperties": false,
          "required": ["type", "title", "status", "code", "detail", "request_id"],
          "description": "RFC 9457. No text of a provider's or of a destination's is in it.",
          "properties": {
            "type": { "type": "string", "const": "about:blank" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "code": { "$ref": "#/components/schemas/ProblemCode" },
            "detail": { "type": "string", "description": "One sentence: what is wrong, and what to do." },
            "request_id": { "type": "string", "pattern": "^req_[0-9a-f]{16}$" },
            "names": {
              "type": "array", "items": { "type": "string" },
              "description": "With `unknown_variable` and `value_lost`: all of the names."
            },
            "used_by": {
              "type": "array", "items": { "$ref": "#/components/schemas/Usage" },
              "description": "With `secret_in_use`."
            },
            "webhooks": {
              "type": "array", "items": { "$ref": "#/components/schemas/WebhookName" },
              "description": "With `secret_in_use`: those that name the secret."
            },
            "pointers": {
              "type": "array", "items": { "type": "string" },
              "description": "Those of a webhook that do not fit the payload."
            },
            "operation": { "type": "string", "description": "The provider's name for the call that failed." },
            "vendor_code": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,80}$" },
            "vendor_request_id": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,80}$" }
          }
        },
        "ProblemCode": {
          "type": "string", "description": "Stable.",
          "enum": [
            "invalid_request", "invalid_name", "name_reserved", "value_empty", "value_too_large", "secret_exists",
            "secret_not_found", "secret_in_use", "write_in_progress", "version_conflict", "value_lost",
            "webhook_unconfirmed", "unknown_variable", "header_injection", "unauthenticated", "forbidden",
            "provider_denied", "provider_throttled", "provider_unavailable", "provider_rejected",
            "destination_not_allowed", "destination_unreachable", "audit_unavailable", "overloaded", "internal"
          ]
        }
        """#
}
