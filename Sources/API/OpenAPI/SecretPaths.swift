extension OpenAPIDocument {
    static let secretPaths = #"""
        "/v1/teams/{team}/secrets": {
          "parameters": [{ "$ref": "#/components/parameters/team" }],
          "get": {
            "operationId": "listSecrets", "tags": ["secrets"], "summary": "List a team's secrets",
            "description": "For admin, team-admin and member.",
            "responses": {
              "200": {
                "description": "The secrets, in order of name, and what is to be known of the team's store.",
                "headers": { \#(requestID) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/SecretList" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "post": {
            "operationId": "createSecret", "tags": ["secrets"], "summary": "Create a secret",
            "description": "For admin and team-admin.",
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/SecretCreation" } } }
            },
            "responses": {
              "201": {
                "description": "Created.", "headers": { \#(requestID), \#(eTag) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Secret" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "408": { "$ref": "#/components/responses/TooSlow" },
              "409": {
                "$ref": "#/components/responses/Problem",
                "description": "`secret_exists`; `write_in_progress`, with `Retry-After`."
              },
              "413": {
                "$ref": "#/components/responses/TooLarge",
                "description": "`value_too_large` for the team's store; `invalid_request`: the body is over 1 MiB."
              },
              "422": {
                "$ref": "#/components/responses/Problem",
                "description": "`name_reserved`: the name is a variable of W&B's; `value_empty`."
              },
              "502": { "$ref": "#/components/responses/StoreFailed" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        },
        "/v1/teams/{team}/secrets/{name}": {
          "parameters": [{ "$ref": "#/components/parameters/team" }, { "$ref": "#/components/parameters/name" }],
          "get": {
            "operationId": "describeSecret", "tags": ["secrets"], "summary": "Describe a secret",
            "description": "For admin, team-admin and member.",
            "responses": {
              "200": {
                "description": "The secret, with the automations that used it in the last 30 days.",
                "headers": { \#(requestID), \#(eTag) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Secret" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/Problem", "description": "`secret_not_found`." },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "put": {
            "operationId": "rotateSecret", "tags": ["secrets"], "summary": "Rotate a secret",
            "description": "For admin and team-admin. The new value is a new version; the old one is purged.",
            "parameters": [{ "$ref": "#/components/parameters/If-Match" }],
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/SecretRotation" } } }
            },
            "responses": {
              "200": {
                "description": "Rotated.", "headers": { \#(requestID), \#(eTag) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Secret" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/Problem", "description": "`secret_not_found`." },
              "408": { "$ref": "#/components/responses/TooSlow" },
              "409": {
                "$ref": "#/components/responses/Problem", "description": "`write_in_progress`, with `Retry-After`."
              },
              "412": { "$ref": "#/components/responses/Problem", "description": "`version_conflict`." },
              "413": {
                "$ref": "#/components/responses/TooLarge",
                "description": "`value_too_large` for the team's store; `invalid_request`: the body is over 1 MiB."
              },
              "422": { "$ref": "#/components/responses/Problem", "description": "`value_empty`." },
              "502": { "$ref": "#/components/responses/StoreFailed" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "delete": {
            "operationId": "deleteSecret", "tags": ["secrets"], "summary": "Delete a secret",
            "description": "For admin and team-admin. The store purges the value by its own rules.",
            "parameters": [
              {
                "name": "force", "in": "query", "schema": { "type": "boolean", "default": false },
                "description": "Delete it although automations used it lately, or webhooks name it, which disarms them."
              },
              { "$ref": "#/components/parameters/If-Match" }
            ],
            "responses": {
              "204": { "description": "Deleted.", "headers": { \#(requestID) } },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/Problem", "description": "`secret_not_found`." },
              "409": {
                "$ref": "#/components/responses/Problem",
                "description": "`secret_in_use`, with `used_by` and `webhooks`; `write_in_progress`, with `Retry-After`."
              },
              "412": { "$ref": "#/components/responses/Problem", "description": "`version_conflict`." },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        }
        """#

    static let secretSchemas = #"""
        "Secret": {
          "type": "object", "additionalProperties": false,
          "required": [
            "team", "name", "version", "store", "created_at", "created_by", "updated_at", "updated_by", "used_by",
            "warnings"
          ],
          "description": "No field holds a value, or anything derived from one.",
          "properties": {
            "team": { "$ref": "#/components/schemas/TeamName" },
            "name": { "$ref": "#/components/schemas/SecretName" },
            "version": { "$ref": "#/components/schemas/VersionID" },
            "store": { "$ref": "#/components/schemas/StoreName" },
            "provider": { "type": "string", "description": "Missing: the store is not configured any more." },
            "object": {
              "type": "string",
              "description": "In the description that an admin asks for: the name that the store knows the present value by."
            },
            "adopted_from": {
              "type": "string", "description": "Of an adopted secret: the name that its store knows it by."
            },
            "created_at": { "$ref": "#/components/schemas/Timestamp" },
            "created_by": { "type": "string" },
            "updated_at": { "$ref": "#/components/schemas/Timestamp" },
            "updated_by": { "type": "string" },
            "used_by": { "type": "array", "items": { "$ref": "#/components/schemas/Usage" } },
            "warnings": { "type": "array", "items": { "$ref": "#/components/schemas/Warning" } }
          }
        },
        "SecretList": {
          "type": "object", "additionalProperties": false, "required": ["secrets", "warnings"],
          "properties": {
            "secrets": { "type": "array", "items": { "$ref": "#/components/schemas/Secret" } },
            "warnings": { "type": "array", "items": { "$ref": "#/components/schemas/Warning" } }
          }
        },
        "Usage": {
          "type": "object", "additionalProperties": false, "required": ["automation", "last_used_at"],
          "properties": {
            "automation": { "type": "string", "description": "The name of its token, or of the webhook." },
            "last_used_at": { "$ref": "#/components/schemas/Timestamp" }
          }
        },
        "SecretCreation": {
          "type": "object", "additionalProperties": false, "required": ["name", "value"],
          "properties": {
            "name": { "$ref": "#/components/schemas/SecretName" },
            "value": { "$ref": "#/components/schemas/NewValue" }
          },
          "examples": [{ "name": "GITHUB_TOKEN", "value": "an example" }]
        },
        "SecretRotation": {
          "type": "object", "additionalProperties": false, "required": ["value"],
          "properties": { "value": { "$ref": "#/components/schemas/NewValue" } }
        },
        "NewValue": {
          "type": "string", "minLength": 1, "maxLength": 524288, "writeOnly": true,
          "description": "As UTF-8 at most what the team's store takes: AWS and Google 65536 bytes, Azure 25600, \#
        Kubernetes 524288."
        }
        """#
}
