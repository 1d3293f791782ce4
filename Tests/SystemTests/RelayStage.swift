import Broker
import Foundation
import Support
import Testing
import Transport

/// A broker, a destination, and the secrets that a team has for it.
struct RelayStage {
    static let token = "ghp_q8\"w\\e/r+t é-0123456789"
    static let signing = "whsec_signing-key-0123456789"
    static let inbound = "whsec_inbound-key-0123456789"

    let place: Installation
    let receiver: WebhookReceiver
    let broker: BrokerBinary
    let admin: APIClient

    init(_ more: [String: String] = [:], allowing list: String = "localhost") async throws {
        receiver = try await WebhookReceiver(token: Self.token, signingSecret: Self.signing)
        place = try await Installation()
        broker = try await place.serve(
            ["SSL_CERT_FILE": receiver.certificate, "SECRET_BROKER_RELAY_ALLOW": list].merging(more) { $1 })
        admin = place.asAdmin(broker)
        for (name, value) in [
            ("GITHUB_TOKEN", Self.token), ("SIGNING", Self.signing), ("INBOUND", Self.inbound),
        ] {
            let text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self).dropFirst().dropLast()
            #expect(try await admin.add(name, String(text)).status == 201)
        }
    }

    func add(
        _ name: String, to path: String, _ more: String = "", confirmed: Bool = true, host: String = "localhost"
    ) async throws -> APIClient.Answer {
        try await admin.call(
            "POST", "/v1/teams/research/webhooks",
            #"{"name":"\#(name)","url":"\#(receiver.url(path, host: host))","confirm":\#(confirmed)\#(more)}"#)
    }

    func relayToken(_ webhook: String) async throws -> String {
        let made = try await admin.call(
            "POST", "/v1/tokens", #"{"name":"wandb","role":"relay","team":"research","webhook":"\#(webhook)"}"#)
        return try #require(made.body.firstMatch(of: /"token":"(sbt_[^"]+)"/).map { String($0.1) })
    }

    /// As W&B Server would: what it is told is the answer.
    func deliver(
        _ payload: String, to webhook: String, as token: String? = nil, secret: String = "",
        encoding: String = "hex",
        variables: String = #"{"event_type":"ADD_ARTIFACT_ALIAS","alias":"production"}"#
    ) async throws -> (status: Int, told: String) {
        let bearer = if let token { token } else { try await relayToken(webhook) }
        let (status, output) = try await PythonEnvironment.run(
            "wandb_delivers.py", ["\(broker.url)/v1/relay/research/\(webhook)", bearer, secret, encoding],
            input: #"{"payload":\#(payload),"variables":\#(variables)}"#)
        #expect(status == 0)
        let lines = output.split(separator: "\n", maxSplits: 1)
        return (Int(lines[0]) ?? 0, String(lines.last ?? ""))
    }

    func end() async {
        let status = await broker.end()
        #expect(status == 0, "\(broker.logged.suffix(3000))")
        await receiver.end()
        await place.end()
    }

    /// No text holds a value, in plain or in the common encodings.
    static func expectNoValue(_ text: String) {
        for value in [Self.token, Self.signing, Self.inbound] {
            let json = value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            let hexadecimal = value.utf8.map { String(format: "%02x", $0) }.joined()
            for form in [value, json, Data(value.utf8).base64EncodedString(), hexadecimal] {
                #expect(!text.contains(form))
            }
        }
    }
}
