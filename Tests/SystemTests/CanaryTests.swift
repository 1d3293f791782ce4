import Broker
import Foundation
import Simulator
import Support
import Testing
import Transport

/// A value goes in and comes out where it should; nothing else of the program ever shows it.
@Suite("A value")
struct CanaryTests {
    /// 40 random characters, and the forms in which they could hide.
    private struct Canary {
        let text: String

        init() {
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
            text = String((0..<40).map { _ in letters.randomElement()! })
        }

        /// A piece of each form, long enough not to appear by chance.
        var traces: [String] {
            let bytes = Data(text.utf8)
            let hex = bytes.map { String(format: "%02x", $0) }.joined()
            return [String(text.prefix(12)), String(text.suffix(12)), bytes.base64EncodedString().prefix(20) + "", hex]
        }

        func isIn(_ data: Data) -> Bool { traces.contains { data.range(of: Data($0.utf8)) != nil } }
        func isIn(_ text: String) -> Bool { isIn(Data(text.utf8)) }
    }

    private func expectNoTrace(of canary: Canary, in answers: [APIClient.Answer]) {
        for answer in answers {
            #expect(!canary.isIn(answer.body), "status \(answer.status)")
            #expect(!answer.headers.contains { canary.isIn($0.value) })
        }
    }

    private func expectNoTrace(of canary: Canary, inFilesOf place: Installation) throws {
        let folder = URL(fileURLWithPath: place.catalog).deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files { #expect(!canary.isIn(try Data(contentsOf: file)), "\(file.lastPathComponent)") }
    }

    @Test(
        "is in no log, file, audit record or answer but those of resolve and values, in any operation",
        arguments: CloudKind.allCases)
    func operations(_ cloud: CloudKind) async throws {
        let (first, second) = (Canary(), Canary())
        let place = try await Installation(on: cloud)
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        let path = "/v1/teams/research"
        let answers = [
            try await admin.add("KEY", first.text), try await admin.add("KEY", first.text),
            try await admin.rotate("KEY", second.text), try await admin.rotate("MISSING", second.text),
            try await admin.call("GET", "\(path)/secrets"), try await admin.call("GET", "\(path)/secrets/KEY"),
            try await admin.call("GET", "/v1/audit"), try await admin.call("GET", "/v1/status"),
        ]
        let resolved = [
            try await resolver.resolve("KEY"),
            try await resolver.call("POST", "\(path)/resolve", #"{"template":"${KEY}","headers":{"A":"x ${KEY}"}}"#),
            try await resolver.call("POST", "\(path)/values", #"{"names":["KEY"]}"#),
        ]
        for answer in resolved {
            #expect(answer.status == 200)
            #expect(second.isIn(answer.body))
            #expect(answer.header("cache-control") == "no-store")
        }
        let deleted = try await admin.delete("KEY")
        try expectNoTrace(of: second, inFilesOf: place)
        #expect(await broker.end() == 0)
        let exported = try await place.run(["audit", "export"])
        for canary in [first, second] {
            expectNoTrace(of: canary, in: answers + [deleted])
            #expect(!canary.isIn(broker.logged))
            #expect(!canary.isIn(exported.output))
            try expectNoTrace(of: canary, inFilesOf: place)
        }
        await place.end()
    }

    @Test(
        "is in no log, file or answer when the store fails", arguments: CloudKind.allCases,
        [
            Fault.Effect.accessDenied, .expiredCredentials, .throttle(retryAfter: 1), .status(500), .garbage,
            .halfAnswer,
            .resetBeforeEffect, .resetAfterEffect, .valueReplaced, .oversizedAnswer(bytes: 2 << 20),
        ])
    func storeFailures(_ cloud: CloudKind, _ effect: Fault.Effect) async throws {
        let canary = Canary()
        let place = try await Installation(on: cloud)
        let broker = try await place.serve(["SECRET_BROKER_CACHE_TTL": "0"])
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("KEY", canary.text).status == 201)
        var answers: [APIClient.Answer] = []
        for operation in place.callNames(of: .create) + place.callNames(of: .read) {
            await place.cloud.faults.order(Fault(operation: operation, at: .always, effect: effect))
            answers.append(try await admin.rotate("KEY", canary.text))
            #expect(await place.cloud.faults.taken(operation) > 0, "\(operation)")
            let answer = try await resolver.resolve("KEY")
            if answer.status != 200 { answers.append(answer) }
            await place.cloud.faults.cancelAll()
        }
        expectNoTrace(of: canary, in: answers)
        #expect(answers.allSatisfy { $0.status != 500 })
        #expect(await broker.end() == 0)
        #expect(!canary.isIn(broker.logged))
        try expectNoTrace(of: canary, inFilesOf: place)
        await place.end()
    }

    @Test("is not echoed from a request that is refused")
    func refusals() async throws {
        let canary = Canary()
        let place = try await Installation()
        let broker = try await place.serve()
        let (admin, value) = (place.asAdmin(broker), canary.text)
        let path = "/v1/teams/research/secrets"
        var answers: [APIClient.Answer] = []
        for body in [
            #"{"name":"KEY","value":"\#(value)""#, #"{"name":"KEY","value":"\#(value)","value":"\#(value)"}"#,
            #"{"name":"\#(value)-","value":"x"}"#, #"{"name":"KEY","\#(value)":"x"}"#,
            #"{"name":"KEY","value":["\#(value)"]}"#,
            #""\#(value)""#, #"{"name":"alias","value":"\#(value)"}"#,
            #"{"name":"KEY","value":"\#(String(repeating: value, count: 1700))"}"#,
            #"{"name":"KEY","value":"\#(String(repeating: value, count: 30_000))"}"#,
        ] {
            answers.append(try await admin.call("POST", path, body))
        }
        answers.append(try await admin.call("GET", "/v1/teams/\(value)/secrets"))
        answers.append(try await admin.call("GET", "/\(value)?a=\(value)"))
        answers.append(try await admin.call("DELETE", path + "/KEY?force=\(value)"))
        answers.append(
            try await APIClient(place.http, url: broker.url, token: "sbt_" + value).call("GET", path))
        expectNoTrace(of: canary, in: answers)
        #expect(answers.allSatisfy { (400..<500).contains($0.status) })
        #expect(await broker.end() == 0)
        #expect(!canary.isIn(broker.logged))
        try expectNoTrace(of: canary, inFilesOf: place)
        await place.end()
    }
}
