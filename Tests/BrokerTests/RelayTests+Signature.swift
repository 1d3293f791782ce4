import Foundation
import Support
import Testing

@testable import Broker

/// How a destination that gives back its request's headers may write a signature.
enum EchoedSignature: CaseIterable, Sendable {
    case hex, capitalHex, groupsOfHex, hexInBase64, capitalHexInBase64
    case base64, base64InURL, base64ForURL, base64InJSON, base64InBase64, decimals

    func written(_ signature: OpaqueSigner) -> String {
        let (hex, base64) = (signature.hex, signature.base64)
        return switch self {
        case .hex: "X-Wandb-Signature: " + hex
        case .capitalHex: hex.uppercased()
        case .groupsOfHex: signature.bytes.map { String(format: "%02x", $0) }.joined(separator: ":")
        case .hexInBase64: Data("{\"signature\":\"\(hex)\"}".utf8).base64EncodedString()
        case .capitalHexInBase64: Data(hex.uppercased().utf8).base64EncodedString()
        case .base64: "sha256=" + base64
        case .base64InURL: base64.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? base64
        case .base64ForURL:
            base64.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        case .base64InJSON: base64.replacingOccurrences(of: "/", with: "\\/")
        case .base64InBase64: Data("signature: \(base64)".utf8).base64EncodedString()
        case .decimals: "\(signature.bytes)"
        }
    }
}

// What would let whoever reads an answer sign as the relay does.
extension RelayTests {
    @Test("does not give back the signature that was sent, in any form", arguments: EchoedSignature.allCases)
    func signature(_ echo: EchoedSignature) async throws {
        let signers = [161, 162].map { first in
            OpaqueSigner(bytes: (0..<32).map { UInt8(truncatingIfNeeded: $0 * 83 + first) })
        }
        try await set(webhook(payload: [], answer: .body, signing: token.text))
        let relay = relay(audit: catalog, signer: signers[0])
        for (signer, isWithheld) in zip(signers, [true, false]) {
            let told = Secret(text: #"{"headers":"\#(echo.written(signer))"}"#)
            await sender.answer(.success(DeliveryAnswer(status: 200, contentType: "text/plain", body: told)))
            let request = RelayRequest(body: Array("{}".utf8), signature: nil, tokenHashes: { [] })
            let answer = try await relay.deliver(request, to: name, of: team, for: wandb)
            if case .passed = answer.body {
                #expect(!isWithheld)
            } else {
                #expect(isWithheld)
            }
        }
    }
}
