extension OpenAPIDocument {
    static let resolvePaths = #"""
        "/v1/teams/{team}/resolve": {
          "parameters": [{ "$ref": "#/components/parameters/team" }],
          "post": {
            "operationId": "resolve", "tags": ["resolve"], "summary": "Put values in the place of ${NAME}",
            "description": "For resolver. `${NAME}` is a variable that the request gives, or a secret of the team; \#
        `$${NAME}` is the text `${NAME}`. Values go into string leaves and header values only; every other byte comes \#
        back as it came. At most 100 names and 4 MiB of output.",
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ResolveRequest" } } }
            },
            "responses": {
              "200": {
                "description": "With the values in place.", "headers": { \#(requestID), \#(noStore) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Resolved" } } }
              },
              \#(resolveProblems)
            }
          }
        },
        "/v1/teams/{team}/values": {
          "parameters": [{ "$ref": "#/components/parameters/team" }],
          "post": {
            "operationId": "readValues", "tags": ["resolve"], "summary": "Read values by name",
            "description": "For resolver. The shape that Weave's secret fetcher takes.",
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ValuesRequest" } } }
            },
            "responses": {
              "200": {
                "description": "The values.", "headers": { \#(requestID), \#(noStore) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Values" } } }
              },
              \#(resolveProblems)
            }
          }
        }
        """#

    private static let resolveProblems = #"""
        "400": { "$ref": "#/components/responses/Malformed" },
        "401": { "$ref": "#/components/responses/Unauthenticated" },
        "403": { "$ref": "#/components/responses/Forbidden" },
        "408": { "$ref": "#/components/responses/TooSlow" },
        "413": { "$ref": "#/components/responses/TooLarge" },
        "422": {
          "$ref": "#/components/responses/Problem",
          "description": "`unknown_variable`, with all of the `names`; `header_injection`: a header's value would hold \#
        a line break or NUL; `detail` names the secret whose value has it."
        },
        "502": {
          "$ref": "#/components/responses/StoreFailed",
          "description": "`provider_denied` or `provider_rejected`: the store did not do its part; `value_lost`: it does \#
        not have the recorded version of the `names` any more."
        },
        "503": { "$ref": "#/components/responses/Unavailable" }
        """#

    private static let noStore = #"""
        "Cache-Control": { "required": true, "schema": { "type": "string", "const": "no-store" } }
        """#

    static let resolveSchemas = #"""
        "ResolveRequest": {
          "type": "object", "additionalProperties": false,
          "oneOf": [
            { "required": ["payload"], "properties": { "template": { "type": "null" } } },
            { "required": ["template"], "properties": { "template": { "type": "string" }, "payload": false } }
          ],
          "properties": {
            "payload": { "description": "Any JSON, nested at most 64 deep, without U+0000 in a key." },
            "template": { "type": ["string", "null"], "description": "Text: values go into it without escaping." },
            "headers": { "type": "object", "additionalProperties": { "type": "string" } },
            "variables": {
              "type": "object", "additionalProperties": { "type": "string" },
              "description": "W&B's variables. A missing `alias` or `tag` is blank.",
              "propertyNames": {
                "anyOf": [
                  { "$ref": "#/components/schemas/WandbVariable" },
                  { "type": "string", "pattern": "^artifact_metadata[.].+$" }
                ]
              }
            }
          },
          "examples": [
            {
              "payload": { "text": "deploy ${artifact_version_string}", "token": "${GITHUB_TOKEN}" },
              "headers": { "Authorization": "Bearer ${GITHUB_TOKEN}" },
              "variables": { "artifact_version_string": "acme/model-registry/m:v3" }
            },
            { "template": "token=${GITHUB_TOKEN}" }
          ]
        },
        "WandbVariable": {
          "type": "string",
          "enum": [
            "project_name", "entity_name", "event_type", "event_author", "alias", "tag", "artifact_collection_name",
            "artifact_version", "artifact_version_string", "ACCESS_TOKEN", "SECRET_NAME"
          ]
        },
        "Resolved": {
          "type": "object", "additionalProperties": false, "required": ["secrets", "warnings"],
          "oneOf": [{ "required": ["payload"] }, { "required": ["template"] }],
          "properties": {
            "payload": {},
            "template": { "type": "string" },
            "headers": { "type": "object", "additionalProperties": { "type": "string" } },
            "secrets": {
              "type": "array", "description": "Those that were used, in order of name.",
              "items": {
                "type": "object", "additionalProperties": false, "required": ["name", "version"],
                "properties": {
                  "name": { "$ref": "#/components/schemas/SecretName" },
                  "version": { "$ref": "#/components/schemas/VersionID" }
                }
              }
            },
            "warnings": { "type": "array", "items": { "$ref": "#/components/schemas/Warning" } }
          }
        },
        "ValuesRequest": {
          "type": "object", "additionalProperties": false, "required": ["names"],
          "properties": {
            "names": {
              "type": "array", "items": { "$ref": "#/components/schemas/SecretName" },
              "description": "At most 100 different ones."
            }
          },
          "examples": [{ "names": ["GITHUB_TOKEN"] }]
        },
        "Values": {
          "type": "object", "additionalProperties": false, "required": ["secrets"],
          "properties": {
            "secrets": {
              "type": "object", "additionalProperties": { "type": "string" },
              "propertyNames": { "$ref": "#/components/schemas/SecretName" }
            }
          }
        }
        """#
}
