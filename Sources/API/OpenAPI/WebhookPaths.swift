extension OpenAPIDocument {
    static let webhookPaths = #"""
        "/v1/teams/{team}/webhooks": {
          "parameters": [{ "$ref": "#/components/parameters/team" }],
          "get": {
            "operationId": "listWebhooks", "tags": ["webhooks"], "summary": "List a team's webhooks",
            "description": "For admin, team-admin and member.",
            "responses": {
              "200": {
                "description": "The webhooks, in order of name.", "headers": { \#(requestID) },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/WebhookList" } } }
              },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "post": {
            "operationId": "createWebhook", "tags": ["webhooks"], "summary": "Create a webhook",
            "description": "For admin and team-admin. It delivers once an admin has confirmed it: by this call with \#
        `confirm`, or by `confirmWebhook`. A team has at most 1000. The URL, headers and payload secrets of one have at most \#
        16384 characters together, those of all the team's webhooks 1048576.",
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/WebhookCreation" } } }
            },
            "responses": {
              "201": { "$ref": "#/components/responses/WebhookNow" },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "408": { "$ref": "#/components/responses/TooSlow" },
              "409": {
                "$ref": "#/components/responses/Problem",
                "description": "`invalid_request`: the team has a webhook of this name."
              },
              "413": { "$ref": "#/components/responses/TooLarge" },
              "422": {
                "$ref": "#/components/responses/Problem",
                "description": "`header_injection`; `unknown_variable`, with `names`: it is to be confirmed, and the team has no such secrets."
              },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        },
        "/v1/teams/{team}/webhooks/{webhook}": {
          "parameters": [{ "$ref": "#/components/parameters/team" }, { "$ref": "#/components/parameters/webhook" }],
          "get": {
            "operationId": "describeWebhook", "tags": ["webhooks"], "summary": "Describe a webhook",
            "description": "For admin, team-admin and member.",
            "responses": {
              "200": { "$ref": "#/components/responses/WebhookNow" },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/NoSuchWebhook" },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "put": {
            "operationId": "replaceWebhook", "tags": ["webhooks"], "summary": "Change a webhook",
            "description": "For admin and team-admin. The body is the whole webhook. Unless an admin sends it with \#
        `confirm`, a change disarms it.",
            "parameters": [{ "$ref": "#/components/parameters/If-Match" }],
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/WebhookReplacement" } } }
            },
            "responses": {
              "200": { "$ref": "#/components/responses/WebhookNow" },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/NoSuchWebhook" },
              "408": { "$ref": "#/components/responses/TooSlow" },
              "412": { "$ref": "#/components/responses/Problem", "description": "`version_conflict`." },
              "413": { "$ref": "#/components/responses/TooLarge" },
              "422": {
                "$ref": "#/components/responses/Problem",
                "description": "`header_injection`; `unknown_variable`, with `names`: it is to be confirmed, and the team has no such secrets."
              },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          },
          "delete": {
            "operationId": "deleteWebhook", "tags": ["webhooks"], "summary": "Delete a webhook",
            "description": "For admin and team-admin. Its relay tokens end with it.",
            "parameters": [{ "$ref": "#/components/parameters/If-Match" }],
            "responses": {
              "204": { "description": "Deleted.", "headers": { \#(requestID) } },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/NoSuchWebhook" },
              "412": { "$ref": "#/components/responses/Problem", "description": "`version_conflict`." },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        },
        "/v1/teams/{team}/webhooks/{webhook}/confirm": {
          "parameters": [{ "$ref": "#/components/parameters/team" }, { "$ref": "#/components/parameters/webhook" }],
          "post": {
            "operationId": "confirmWebhook", "tags": ["webhooks"], "summary": "Arm a new or changed webhook",
            "description": "For admin. With `If-Match` what is confirmed is exactly what was read. Without, it is what stands \#
        there when the call arrives, whoever changed it since, as long as its URL is this one: send it always.",
            "parameters": [{ "$ref": "#/components/parameters/If-Match" }],
            "requestBody": {
              "required": true,
              "content": { "application/json": { "schema": { "$ref": "#/components/schemas/WebhookConfirmation" } } }
            },
            "responses": {
              "200": { "$ref": "#/components/responses/WebhookNow" },
              "400": { "$ref": "#/components/responses/Malformed" },
              "401": { "$ref": "#/components/responses/Unauthenticated" },
              "403": { "$ref": "#/components/responses/Forbidden" },
              "404": { "$ref": "#/components/responses/NoSuchWebhook" },
              "408": { "$ref": "#/components/responses/TooSlow" },
              "412": {
                "$ref": "#/components/responses/Problem",
                "description": "`version_conflict`: the webhook has another URL, or is not as it was read."
              },
              "413": { "$ref": "#/components/responses/TooLarge" },
              "422": {
                "$ref": "#/components/responses/Problem",
                "description": "`unknown_variable`, with `names`: the webhook names secrets that the team does not have."
              },
              "503": { "$ref": "#/components/responses/Unavailable" }
            }
          }
        }
        """#
}
