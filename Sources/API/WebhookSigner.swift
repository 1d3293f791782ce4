package import Broker
import Cryptography

/// Signs as `X-Wandb-Signature` has it.
package struct WebhookSigner: PayloadSigner {
    package init() {}

    package func signature(of payload: RawSpan, key: RawSpan, in encoding: Webhook.SignatureEncoding) -> String {
        let code = HMACSHA256.authenticate(payload, key: key)
        return switch encoding {
        case .hex: Hex.encode(code)
        case .base64: unsafe Base64.encode(code.span.bytes)
        }
    }
}
