extension OpenAPIDocument {
    static let webhookSchemas = #"""
        "Webhook": {
          "type": "object", "additionalProperties": false,
          "required": [
            "name", "url", "access_token", "signing_secret", "signature_encoding", "headers", "payload_secrets",
            "verify_with", "answer", "confirmed", "revision", "relay_url", "warnings"
          ],
          "properties": {
            "name": { "$ref": "#/components/schemas/WebhookName" },
            \#(webhookSettings()),
            "confirmed": { "type": "boolean", "description": "Only then do its secrets go anywhere." },
            "revision": {
              "type": "string", "pattern": "^[0-9a-f]{16}$",
              "description": "Another one with every change and confirmation; in double quotes, what `If-Match` takes."
            },
            "relay_url": { "type": "string", "description": "What W&B calls; a path, unless the broker knows its URL." },
            "warnings": {
              "type": "array", "items": { "$ref": "#/components/schemas/Warning" },
              "description": "`secret_missing`: it names secrets that the team does not have; `address_not_allowed`: the URL's host is an address that webhooks may not reach."
            }
          }
        },
        "WebhookList": {
          "type": "object", "additionalProperties": false, "required": ["webhooks"],
          "properties": { "webhooks": { "type": "array", "items": { "$ref": "#/components/schemas/Webhook" } } }
        },
        "WebhookCreation": {
          "type": "object", "additionalProperties": false, "required": ["name", "url"],
          "properties": {
            "name": { "$ref": "#/components/schemas/WebhookName" },
            \#(webhookSettings(orNull: true)),
            \#(confirm)
          },
          "examples": [
            {
              "name": "deploy", "url": "https://hooks.example.com/deploy", "access_token": "GITHUB_TOKEN",
              "payload_secrets": [{ "name": "GITHUB_TOKEN", "at": "/client_payload/token" }]
            }
          ]
        },
        "WebhookReplacement": {
          "type": "object", "additionalProperties": false, "required": ["url"],
          "properties": {
            \#(webhookSettings(orNull: true)),
            \#(confirm)
          },
          "examples": [{ "url": "https://hooks.example.com/deploy", "answer": "body" }]
        },
        "WebhookConfirmation": {
          "type": "object", "additionalProperties": false, "required": ["url"],
          "properties": { "url": { "$ref": "#/components/schemas/WebhookURL" } },
          "examples": [{ "url": "https://hooks.example.com/deploy" }]
        },
        "WebhookURL": {
          "type": "string", "maxLength": 2048,
          "pattern": "^https://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?][!$-;=?-Z_a-z~]*)?$",
          "description": "The host is a name, an IPv4 address as four decimal numbers, or an IPv6 address in brackets."
        }
        """#

    /// - Parameter orNull: whether null is allowed too: in a request, it is as good as leaving a setting out.
    private static func webhookSettings(orNull: Bool = false) -> String {
        let (type, word) = orNull ? (#", "null""#, ", null") : ("", "")
        return #"""
            "url": { "$ref": "#/components/schemas/WebhookURL" },
                "access_token": {
                  \#(secretOrNull), "description": "The secret that goes into `Authorization: Bearer`."
                },
                "signing_secret": {
                  \#(secretOrNull), "description": "The secret that is the key of `X-Wandb-Signature`."
                },
                "signature_encoding": { "type": ["string"\#(type)], "enum": ["hex", "base64"\#(word)], "default": "hex" },
                "headers": {
                  "type": ["object"\#(type)], "maxProperties": 32,
                  "propertyNames": { "type": "string", "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$" },
                  "additionalProperties": {
                    "type": "string", "maxLength": 4096, "description": "Printable; may hold `${NAME}` of secrets."
                  }
                },
                "payload_secrets": {
                  "type": ["array"\#(type)], "maxItems": 32,
                  "items": {
                    "type": "object", "additionalProperties": false, "required": ["name", "at"],
                    "properties": {
                      "name": { "$ref": "#/components/schemas/SecretName" },
                      "at": {
                        "type": "string", "pattern": "^(/([^/~]|~[01])*)+$", "maxLength": 1024,
                        "description": "A printable JSON pointer, through objects only, to the leaf of `${NAME}`."
                      }
                    }
                  }
                },
                "verify_with": {
                  \#(secretOrNull), "description": "The secret that is the key of W&B's own `X-Wandb-Signature`."
                },
                "answer": {
                  "type": ["string"\#(type)], "enum": ["status", "body"\#(word)], "default": "status",
                  "description": "What W&B's side is told of the destination's answer."
                }
            """#
    }

    private static let secretOrNull = #""type": ["string", "null"], "pattern": "^[A-Za-z0-9_]{1,128}$""#

    private static let confirm = #"""
        "confirm": { "type": ["boolean", "null"], "default": false, "description": "Arm it at once. For admin." }
        """#
}
