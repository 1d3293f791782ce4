import Broker
import Foundation
import Store
import Support
import Testing
import Transport

@testable import Providers

/// Whatever is printed, logged or answered: lower case, what is wrong, a colon and what to do about it, no full stop.
/// Pages and `check` make prose of it.
@Suite("What operators are told")
struct ClauseTests {
    private static let unopened: [CatalogOpenError] = [
        .missing(path: "/x"), .moved(path: "/x"), .directoryMissing(path: "/x"), .permissionDenied(path: "/x"),
        .notACatalog(path: "/x"), .damaged(path: "/x"), .locked(path: "/x"), .restoredOverLog(path: "/x"),
        .newer(path: "/x", schema: 2, known: 1), .older(path: "/x", schema: 1, known: 2), .diskFull(path: "/x"),
        .sealed(path: "/x", successor: "postgres://h/d"), .unreachable(place: "postgres://h/d", why: "timeout"),
        .notDurable(place: "postgres://h/d"), .failed(path: "/x", code: 10),
    ]

    private static let troubles: [CatalogTrouble] = [
        .diskFull, .readOnly, .moved, .locked, .failing(code: 10), .slow, .superseded,
    ]

    private static let unmoved: [MoveError] = [
        .inUse(broker: "b"), .sealed(successor: "postgres://h/d"), .targetInUse,
        .movedBefore(successor: "postgres://h/d"), .source(.unavailable), .unverified(.damaged), .target(.unavailable),
        .stillSealed(.unavailable), .inDoubt, .different(.changed(seq: 1)),
    ]

    private static let mismatches: [StoreMismatch] = [
        .notConfigured(.default, StoreContent(secrets: 1, owed: 2, teams: [])), .moved(.default, from: "a", to: "b"),
        .elsewhere(.default, at: "a", broker: "b"),
        .catalog(.damaged),
    ]

    @Test("is a clause where a catalog cannot be opened", arguments: unopened)
    func opening(_ error: CatalogOpenError) {
        #expect(error.sentence.isClause, "\(error.sentence)")
    }

    @Test("is a clause where a catalog cannot be written", arguments: troubles)
    func writing(_ trouble: CatalogTrouble) {
        #expect(trouble.sentence.isClause, "\(trouble.sentence)")
    }

    @Test("is a clause where a catalog does not move", arguments: unmoved)
    func moving(_ error: MoveError) {
        #expect(error.sentence.isClause, "\(error.sentence)")
    }

    @Test("is a clause where a catalog does not fit the stores", arguments: mismatches)
    func stores(_ mismatch: StoreMismatch) {
        #expect(mismatch.sentence.isClause, "\(mismatch.sentence)")
    }

    @Test("is a clause where no call to another server can be made", arguments: HTTPClientFault.allCases)
    func calls(_ fault: HTTPClientFault) {
        #expect(fault.sentence.isClause, "\(fault.sentence)")
    }

    @Test("is a clause where a setting is no store URI", arguments: StoreURIError.Kind.allCases)
    func storeURIs(_ kind: StoreURIError.Kind) {
        let text = StoreURIError(setting: "SECRET_BROKER_STORE", kind: kind).sentence
        #expect(text.isClause, "\(text)")
    }

    @Test("is a clause where a credential file is not used", arguments: GoogleCredentialFault.allCases)
    func credentialFiles(_ fault: GoogleCredentialFault) {
        let text = fault.sentence(about: "GOOGLE_APPLICATION_CREDENTIALS")
        #expect(text.isClause, "\(text)")
    }

    private func open(_ uri: String, _ environment: [String: String]) throws -> SecretStore {
        let http = try HTTPClient(.fromEnvironment([:]))
        defer { http.shutDown() }
        let surroundings = Surroundings(environment: environment, http: http) { Timestamp(milliseconds: 0) }
        return try Registry.open(try StoreURI(uri, setting: "STORE"), as: .default, in: surroundings)
    }

    @Test(
        "is a clause for each fault of a store's settings",
        arguments: [
            ("vault://a", [:]),
            (
                "aws-secretmanager://a?namespace=b&recovery_days=1&kms_key_id=%20&x=y&role_arn=z&region=q&region=r",
                ["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_USE_FIPS_ENDPOINT": "1"]
            ),
            (
                "gcp-secretmanager://X?namespace=*&location=%2F&kms_key=k&replicas=%2F&endpoint=x&a=b",
                ["GOOGLE_CLOUD_UNIVERSE_DOMAIN": "example.com", "NO_GCE_CHECK": "true"]
            ),
            ("az-secretmanager://a_b?namespace=b_&x=y&vault_uri=z", ["AZURE_CLIENT_SECRET": "x"]),
            ("k8s-secretmanager://A_?x=y", ["KUBECONFIG": "/nonexistent"]),
        ] as [(String, [String: String])])
    func settings(_ uri: String, environment: [String: String]) {
        let faults = #expect(throws: StoreSettingError.self) { try open(uri, environment) }?.faults ?? []
        #expect(!faults.isEmpty)
        for fault in faults { #expect(fault.isClause, "\(fault)") }
    }

    @Test(
        "is a clause for each warning of a store",
        arguments: [
            (
                "aws-secretmanager://?region=us-east-1&recovery_days=7",
                ["AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "key"], 2
            ),
            ("gcp-secretmanager://acme-project", [:], 1),
            ("az-secretmanger://?vault_uri=https://abc.vault.azure.net", [:], 2),
        ] as [(String, [String: String], Int)])
    func warnings(_ uri: String, environment: [String: String], count: Int) throws {
        let warnings = try open(uri, environment).warnings
        #expect(warnings.count == count)
        for warning in warnings { #expect(warning.message.isClause, "\(warning.message)") }
    }

    @Test("is a clause where a secret has drifted", arguments: Drift.allCases, [true, false])
    func drift(_ drift: Drift, isOwned: Bool) {
        let text = drift.warning(isOwned: isOwned).message
        #expect(text.isClause, "\(text)")
    }

    /// What has no type of its own is looked for where it is written.
    @Test(
        "is a clause wherever the source has a failure, a fault or a finding",
        arguments: ["Sources/secret-broker", "providers"])
    func written(_ folder: String) throws {
        let calls =
            #/
            (?: Failure\( | faults\.append\( | fault\( | message: ) \s*
            " ( (?: [^"\\] | \\. )* (?: " \s* \+ \s* " (?: [^"\\] | \\. )* )* ) "
            /#
        let root = "\(PythonEnvironment.packageRoot)/\(folder)"
        var texts: [String] = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: root) where file.hasSuffix(".swift") {
            let source = try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8)
            texts += source.matches(of: calls).map { String($0.1).replacing(#/"\s*\+\s*"/#, with: "") }
        }
        #expect(texts.count > 40)
        for text in texts { #expect(text.isClause, "\(text)") }
    }
}
