#if FaultInjection
import Foundation
import Simulator

extension BrokenCloud {
    private static func broken(
        _ promise: String, _ operation: String, _ lie: BrokenPromise, finding sentence: String
    ) -> BrokenCloud {
        BrokenCloud(kind: .kubernetes, promise: promise, operation: operation, lie: lie, sentence: sentence)
    }

    static let kubernetes = [
        broken(
            "reads back another value", "GetSecret",
            .json { $1["data"] = ["value": Data("another value".utf8).base64EncodedString()] },
            finding: "reads back every kind of text, byte for byte"),
        broken(
            "cuts a long value short", "GetSecret",
            .json { _, answer in
                let data = answer["data"] as? [String: String]
                answer["data"] = ["value": data?["value"].map { String($0.prefix(4000)) } ?? ""]
            }, finding: "takes a value as large as the store says, and one of one byte"),
        broken(
            "answers another object's uid", "CreateSecret", .json(whenStatus: 201) { changeUID(in: &$1) },
            finding: "leaves nothing to read of what it purged"),
        broken(
            "has another object under the name", "GetSecret", .json { changeUID(in: &$1) },
            finding: "purges one object and spares all others"),
        broken(
            "takes another value at a name that exists", "CreateSecret",
            BrokenPromise { _, body, truth in
                var taken = BrokenPromise.fields(body) ?? [:]
                changeUID(in: &taken)
                return truth.status == 409 ? .init(status: 201, body: BrokenPromise.text(taken)) : truth
            }, finding: "refuses another value at a reference that exists, or keeps it apart"),
        broken(
            "does not say that it is absent", "GetSecret",
            .turning(404, into: .init(status: 403, body: #"{"kind":"Status","reason":"Forbidden","code":403}"#)),
            finding: "finds nothing at a reference that never was"),
        broken(
            "deletes nothing", "DeleteSecret", .nothingDone { _ in ["kind": "Status", "status": "Success"] },
            finding: "leaves nothing to read of what it purged"),
        broken(
            "refuses to delete what is not there", "DeleteSecret",
            .turning(404, into: .init(status: 422, body: #"{"kind":"Status","reason":"Invalid","code":422}"#)),
            finding: "takes what is absent for purged"),
    ]

    private static func changeUID(in object: inout JSONFields) {
        var metadata = object["metadata"] as? JSONFields ?? [:]
        metadata["uid"] = "00000000-0000-4000-8000-000000000000"
        object["metadata"] = metadata
    }
}
#endif
