#if FaultInjection
import Simulator

extension BrokenCloud {
    private static func broken(
        _ promise: String, _ operation: String, _ lie: BrokenPromise, finding sentence: String
    ) -> BrokenCloud {
        BrokenCloud(kind: .azure, promise: promise, operation: operation, lie: lie, sentence: sentence)
    }

    static let azure = [
        broken(
            "reads back another value", "GetSecret", .json { $1["value"] = altered($1["value"]) },
            finding: "reads back every kind of text, byte for byte"),
        broken(
            "cuts a long value short", "GetSecret",
            .json { $1["value"] = ($1["value"] as? String).map { String($0.prefix(25_000)) } },
            finding: "takes a value as large as the store says, and one of one byte"),
        broken(
            "reads another version than it was asked for", "GetSecret", .json { $1["id"] = altered($1["id"]) },
            finding: "does not mix up what it reads at the same moment"),
        broken(
            "answers another version's id", "SetSecret", .json { $1["id"] = altered($1["id"]) },
            finding: "leaves nothing to read of what it purged"),
        broken(
            "overwrites a version", "GetSecret",
            .json { $1["value"] = "what was set last" },
            finding: "refuses another value at a reference that exists, or keeps it apart"),
        broken(
            "does not say that it is absent", "GetSecret",
            .turning(404, into: .init(status: 403, body: #"{"error":{"code":"Forbidden"}}"#)),
            finding: "finds nothing at a reference that never was"),
        broken(
            "deletes nothing", "DeleteSecret", .nothingDone { _ in [:] },
            finding: "leaves nothing to read of what it purged"),
    ]
}
#endif
