package import Broker
import Cryptography

/// Signs as `X-Wandb-Signature` has it.
package struct WebhookSigner: PayloadSigner {
    package init() {}

    package func signature(of payload: RawSpan, key: RawSpan) -> PayloadSignature {
        let code = HMACSHA256.authenticate(payload, key: key)
        return unsafe PayloadSignature(
            code.span.bytes, hex: Hex.encode(code), base64: Base64.encode(code.span.bytes))
    }
}
