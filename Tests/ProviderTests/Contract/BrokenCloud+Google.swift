#if FaultInjection
import Cryptography
import Foundation
import Simulator

extension BrokenCloud {
    private static func broken(
        _ promise: String, _ operation: String, _ lie: BrokenPromise, finding sentence: String
    ) -> BrokenCloud {
        BrokenCloud(kind: .google, promise: promise, operation: operation, lie: lie, sentence: sentence)
    }

    static let google = [
        broken(
            "reads back another value, with its checksum", "AccessSecretVersion",
            .json { $1["payload"] = payload(of: "another value") },
            finding: "reads back every kind of text, byte for byte"),
        broken(
            "reads back another value than the checksum's", "AccessSecretVersion",
            .json { _, answer in
                var told = answer["payload"] as? JSONFields ?? [:]
                told["data"] = Data("another value".utf8).base64EncodedString()
                answer["payload"] = told
            }, finding: "reads back every kind of text, byte for byte"),
        broken(
            "does not say that it had the checksum", "AddSecretVersion",
            .json { $1["clientSpecifiedPayloadChecksum"] = false },
            finding: "takes a value as large as the store says, and one of one byte"),
        broken(
            "adds no version", "AddSecretVersion",
            BrokenPromise(hasEffect: false) { target, _, _ in
                let name = target.dropFirst("/v1/".count).replacing(":addVersion", with: "") + "/versions/1"
                return .init(
                    status: 200,
                    body: BrokenPromise.text(["name": name, "state": "ENABLED", "clientSpecifiedPayloadChecksum": true])
                )
            }, finding: "purges one object and spares all others"),
        broken(
            "has every version of a secret", "AccessSecretVersion",
            BrokenPromise { target, _, truth in
                let name = target.dropFirst("/v1/".count).replacing(":access", with: "")
                let found: JSONFields = ["name": name, "payload": payload(of: "whatever it was")]
                return truth.status == 404 ? .init(status: 200, body: BrokenPromise.text(found)) : truth
            }, finding: "finds nothing at another pin than the one that was answered"),
        broken(
            "takes another value at a name that exists", "CreateSecret",
            .turning(409, into: .init(status: 200, body: "{}")),
            finding: "refuses another value at a reference that exists, or keeps it apart"),
        broken(
            "does not say that it is absent", "AccessSecretVersion",
            .turning(404, into: .init(status: 403, body: #"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#)),
            finding: "finds nothing at a reference that never was"),
        broken(
            "deletes nothing", "DeleteSecret", .nothingDone { _ in [:] },
            finding: "leaves nothing to read of what it purged"),
    ]

    private static func payload(of text: String) -> JSONFields {
        let checksum = unsafe CRC32C.checksum(text.utf8.span.bytes)
        return ["data": Data(text.utf8).base64EncodedString(), "dataCrc32c": "\(checksum)"]
    }
}
#endif
