import Broker
import Foundation
import Support
import Testing

/// A destination that keeps what it is sent.
actor ScriptedSender: Sender, Destination {
    private(set) var sent: [Delivery] = []
    private var result: Result<DeliveryAnswer, DeliveryError> = .success(
        DeliveryAnswer(status: 200, contentType: "text/plain", body: Secret(text: "ok")))
    private var check: (@Sendable () async throws -> Void)?

    func answer(_ result: Result<DeliveryAnswer, DeliveryError>) { self.result = result }
    /// Done in the next delivery, and let go with it: what it holds may hold this.
    func whenNextSending(_ check: @escaping @Sendable () async throws -> Void) { self.check = check }

    nonisolated func destination(of url: WebhookURL, for team: TeamName) -> any Destination { self }
    nonisolated func refuses(_ url: WebhookURL) -> Bool { false }

    func send(_ delivery: Delivery) async throws(DeliveryError) -> DeliveryAnswer {
        sent.append(delivery)
        let present = check
        check = nil
        do { try await present?() } catch { Issue.record(error) }
        return try result.get()
    }
}

struct FullDisk: AuditSink {
    func append(_ event: AuditEvent) async throws(CatalogError) { throw .unavailable }
}

/// A signature that shows what it is of.
struct VisibleSigner: PayloadSigner {
    func signature(of payload: RawSpan, key: RawSpan) -> PayloadSignature {
        let parts = "(\(Secret(copying: key).shown))\(Secret(copying: payload).shown)"
        return unsafe PayloadSignature(parts.utf8.span.bytes, hex: "hex" + parts, base64: "base64" + parts)
    }
}

/// A signature that shows nothing of what it is of, as a real one.
struct OpaqueSigner: PayloadSigner {
    let bytes: [UInt8]

    var hex: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    var base64: String { Data(bytes).base64EncodedString() }

    func signature(of payload: RawSpan, key: RawSpan) -> PayloadSignature {
        unsafe PayloadSignature(bytes.span.bytes, hex: hex, base64: base64)
    }
}
