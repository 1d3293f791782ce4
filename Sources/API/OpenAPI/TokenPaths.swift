extension OpenAPIDocument {
    static let tokenPaths = #"""
        "/v1/tokens": {
          "get": {
            "operationId": "listTokens", "tags": ["tokens"], "summary": "List tokens",
            "description": "For admin: those in the caller's reach. For team-admin: the team-admin, member and relay tokens of its team.",
            "responses": {
              "200": {
                "description": "The tokens that are not revoked, in order of creation.", "headers": { \#(requestID) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/TokenList" } } }
              },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "post": {
            "operationId": "createToken", "tags": ["tokens"], "summary": "Create a token",
            "description": "For admin: admin, team-admin, member, auditor and relay tokens. For team-admin: team-admin, \#
        member and relay tokens of its team. Never wider in team nor, relay tokens apart, later in expiry than the \#
        caller's. Resolver tokens are made in the operator's shell only. None is made for \#
        a team that has 1000 that work, nor for all teams beside as many.",
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/TokenCreation" } } }
            },
            "responses": {
              "201": {
                "description": "Created. The token is shown here, once.", "headers": { \#(requestID) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewToken" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/NoSuchWebhook" },
              "408": { "$ref": "#/components/responses/TooSlow" },
              "413": { "$ref": "#/components/responses/TooLarge" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        },
        "/v1/tokens/{id}": {
          "parameters": [
            {
              "name": "id", "in": "path", "required": true, "description": "A token's public id.",
              "schema": { "type": "string", "pattern": "^tok_[0-9a-f]{16}$" }
            }
          ],
          "delete": {
            "operationId": "revokeToken", "tags": ["tokens"], "summary": "Revoke a token",
            "description": "For admin and team-admin, of the tokens that they list. Ends the human-role tokens that it minted, too.",
            "responses": {
              "204": { "description": "Revoked: it stops working at the next request.", "headers": { \#(requestID) } },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": {
                "$ref": "#/components/responses/Problem",
                "description": "`invalid_request`: no token in the caller's reach has this id."
              },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        }
        """#

    static let tokenSchemas = #"""
        "Token": {
          "type": "object", "additionalProperties": false, "required": ["id", "name", "role", "created_at", "minted_by"],
          "properties": { \#(tokenProperties) }
        },
        "NewToken": {
          "type": "object", "additionalProperties": false, "required": ["id", "name", "role", "created_at", "minted_by", "token"],
          "properties": {
            \#(tokenProperties),
            "token": { "type": "string", "pattern": "^sbt_[A-Za-z0-9_-]{43}$" }
          }
        },
        "TokenList": {
          "type": "object", "additionalProperties": false, "required": ["tokens"],
          "properties": { "tokens": { "type": "array", "items": { "$ref": "#/components/schemas/Token" } } }
        },
        "TokenCreation": {
          "type": "object", "additionalProperties": false, "required": ["name", "role"],
          "properties": {
            "name": {
              "type": "string", "minLength": 1, "maxLength": 128,
              "description": "The actor in the audit log: 1 to 128 bytes of printable characters, no white space at its ends; neither `operator` nor `broker`, and nothing that begins with `sbt_`."
            },
            "role": { "$ref": "#/components/schemas/Role" },
            "team": { "type": ["string", "null"], "description": "Needed but for admin and auditor." },
            "webhook": { "type": ["string", "null"], "description": "For relay, and for no other." },
            "expires": {
              "type": ["string", "null"],
              "description": "`90d`, `12h`, or a time such as `2027-01-31T00:00:00Z`. Missing: it does not expire."
            }
          },
          "examples": [
            { "name": "alice", "role": "member", "team": "research", "expires": "90d" },
            { "name": "wandb", "role": "relay", "team": "research", "webhook": "deploy" }
          ]
        },
        "Role": {
          "type": "string", "enum": ["admin", "team-admin", "member", "auditor", "resolver", "relay"]
        }
        """#

    private static let tokenProperties = #"""
        "id": { "type": "string" },
            "name": { "type": "string" },
            "role": { "$ref": "#/components/schemas/Role" },
            "team": { "$ref": "#/components/schemas/TeamName", "description": "Missing: all teams." },
            "secrets": {
              "type": "array", "items": { "$ref": "#/components/schemas/SecretName" },
              "description": "Missing: all of the team's."
            },
            "webhook": { "$ref": "#/components/schemas/WebhookName" },
            "created_at": { "$ref": "#/components/schemas/Timestamp" },
            "minted_by": {
              "type": "string", "description": "The id of the token that made it, or `operator`: the shell did."
            },
            "expires_at": { "$ref": "#/components/schemas/Timestamp", "description": "Missing: never." }
        """#
}
