#if FaultInjection
import Simulator

extension BrokenCloud {
    private static func broken(
        _ promise: String, _ operation: String, _ lie: BrokenPromise, finding sentence: String
    ) -> BrokenCloud {
        BrokenCloud(kind: .aws, promise: promise, operation: operation, lie: lie, sentence: sentence)
    }

    static let aws = [
        broken(
            "reads back another value", "GetSecretValue", .json { $1["SecretString"] = altered($1["SecretString"]) },
            finding: "reads back every kind of text, byte for byte"),
        broken(
            "cuts a long value short", "GetSecretValue",
            .json { $1["SecretString"] = ($1["SecretString"] as? String).map { String($0.prefix(65_000)) } },
            finding: "takes a value as large as the store says, and one of one byte"),
        broken(
            "answers another version's id", "CreateSecret", .json { $1["VersionId"] = altered($1["VersionId"]) },
            finding: "leaves nothing to read of what it purged"),
        broken(
            "creates nothing", "CreateSecret",
            .nothingDone { ["Name": $0["Name"] ?? "", "VersionId": $0["ClientRequestToken"] ?? "", "ARN": "arn:aws"] },
            finding: "purges one object and spares all others"),
        broken(
            "takes another value at a name that exists", "CreateSecret",
            BrokenPromise { _, body, truth in
                let request = BrokenPromise.fields(body) ?? [:]
                let taken = ["Name": request["Name"] ?? "", "VersionId": request["ClientRequestToken"] ?? ""]
                return truth.status == 400 ? .init(status: 200, body: BrokenPromise.text(taken)) : truth
            }, finding: "refuses another value at a reference that exists, or keeps it apart"),
        broken(
            "has a version under every id", "GetSecretValue",
            BrokenPromise { _, body, truth in
                let request = BrokenPromise.fields(body) ?? [:]
                let found: JSONFields = [
                    "Name": request["SecretId"] ?? "", "ARN": "arn:aws", "VersionId": request["VersionId"] ?? "",
                    "SecretString": "whatever it was",
                ]
                return truth.status == 400 ? .init(status: 200, body: BrokenPromise.text(found)) : truth
            }, finding: "finds nothing at another pin than the one that was answered"),
        broken(
            "does not say that it is absent", "GetSecretValue",
            .turning(400, into: .init(status: 400, body: #"{"__type":"AccessDeniedException"}"#)),
            finding: "finds nothing at a reference that never was"),
        broken(
            "deletes nothing", "DeleteSecret", .nothingDone { _ in [:] },
            finding: "leaves nothing to read of what it purged"),
        broken(
            "refuses to delete what is not there", "DeleteSecret",
            .turning(200, into: .init(status: 400, body: #"{"__type":"InvalidParameterException"}"#)),
            finding: "takes what is absent for purged"),
    ]
}
#endif
