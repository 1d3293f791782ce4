extension OpenAPIDocument {
    static let relayPaths = #"""
        "/v1/relay/{team}/{webhook}": {
          "parameters": [{ "$ref": "#/components/parameters/team" }, { "$ref": "#/components/parameters/webhook" }],
          "post": {
            "operationId": "relay", "tags": ["relay"], "summary": "Deliver W&B's payload with the webhook's secrets",
            "description": "For relay, to the one webhook that the token names.",
            "parameters": [
              {
                "name": "X-Wandb-Signature", "in": "header", "schema": { "type": "string" },
                "description": "Needed where the webhook has `verify_with`: HMAC-SHA256 of the body, in hexadecimal or \#
        Base64."
              }
            ],
            "requestBody": \#(payload("true", "W&B's payload.")),
            "responses": \#(deliveryAnswers)
          }
        },
        "/v1/teams/{team}/webhooks/{webhook}/test": {
          "parameters": [{ "$ref": "#/components/parameters/team" }, { "$ref": "#/components/parameters/webhook" }],
          "post": {
            "operationId": "testWebhook", "tags": ["webhooks"], "summary": "Deliver a sample",
            "description": "For admin and team-admin. Answers as `relay` does.",
            "requestBody": \#(payload("false", "The payload to send. Without one, a sample is sent.")),
            "responses": \#(deliveryAnswers)
          }
        }
        """#

    private static func payload(_ required: String, _ description: String) -> String {
        #"""
        {
          "required": \#(required), "description": "\#(description) Nested at most 64 deep, without U+0000 in a key.",
          "content": { "application/json": { "schema": {} } }
        }
        """#
    }

    /// The answers to a delivery. Their status is the destination's, so any status of a final answer may come.
    private static let deliveryAnswers = #"""
        {
          "204": { "description": "The destination's.", "headers": { \#(requestID) } },
          "205": { "description": "The destination's.", "headers": { \#(requestID) } },
          "2XX": {
            "description": "The destination's status.", "headers": { \#(requestID) }, "content": { \#(destinationAnswer) }
          },
          "4XX": {
            "description": "The destination's status, or a problem: 400 `invalid_request`, `invalid_name`; 401 \#
        `unauthenticated`, also for W&B's signature; 403 `forbidden`; 404 `invalid_request`: no such webhook; 408 and 413 \#
        `invalid_request`, for the body; 409 `webhook_unconfirmed`; 422 `invalid_request`: the payload does not fit the \#
        webhook's `pointers`, or holds a token of the broker's; `unknown_variable`, `header_injection`, \#
        `destination_not_allowed`: its address is not public.",
            "headers": { \#(requestID) }, "content": { \#(problemContent), \#(destinationAnswer) }
          },
          "5XX": {
            "description": "The destination's status, or a problem: 502 `destination_not_allowed`: it redirects; 502 \#
        `destination_unreachable`; 504 `destination_unreachable`: no answer within 15 seconds; 502 `provider_denied`, \#
        `provider_rejected`, `value_lost`; 503 `audit_unavailable`, `overloaded`, `provider_throttled`, \#
        `provider_unavailable`, with `Retry-After`.",
            "headers": { \#(requestID), "Retry-After": { "$ref": "#/components/headers/Retry-After" } },
            "content": { \#(problemContent), \#(destinationAnswer) }
          }
        }
        """#

    private static let destinationAnswer = #"""
        "application/json": {
          "schema": {
            "anyOf": [
              { "$ref": "#/components/schemas/DeliveryAnswer" },
              { "description": "The destination's own, where the webhook's `answer` is `body`." }
            ]
          }
        },
        "*/*": { "schema": { "description": "The destination's own, where the webhook's `answer` is `body`." } }
        """#

    static let relaySchemas = #"""
        "DeliveryAnswer": {
          "type": "object", "additionalProperties": false, "required": ["status"],
          "properties": {
            "status": { "type": "integer", "minimum": 200, "maximum": 599 },
            "body": { "type": "string", "description": "Why the destination's body is withheld." }
          }
        }
        """#
}
