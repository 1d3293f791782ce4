#if FaultInjection
import Broker
import Foundation
import NIOConcurrencyHelpers
import Simulator
import Support
import Testing

@testable import Providers

@Suite("The driver", .matrix, .timeLimit(.minutes(5)))
struct ContractTests {
    struct Sentence: CustomTestStringConvertible {
        let index: Int
        var testDescription: String { DriverContract.cases[index].sentence }
    }

    struct Rule: CustomTestStringConvertible {
        let index: Int
        var testDescription: String { FaultRule.all[index].sentence }
    }

    @Test(
        "keeps the contract", arguments: CloudKind.allCases, DriverContract.cases.indices.map(Sentence.init(index:)))
    func keeps(_ kind: CloudKind, _ sentence: Sentence) async throws {
        try await ContractWorld.with(kind) { world in
            let result = await DriverContract.cases[sentence.index].run(on: world.store)
            #expect(result.broken == nil, "\(result.broken?.sentence ?? "")")
            ContractMatrix.record(result.sentence, kind, isKept: result.broken == nil)
            let left = await world.cloud.objectNames()
            #expect(left.isEmpty)
        }
    }

    @Test("keeps it when the cloud fails", arguments: CloudKind.allCases, FaultRule.all.indices.map(Rule.init(index:)))
    func keepsUnderFaults(_ kind: CloudKind, _ rule: Rule) async throws {
        let rule = FaultRule.all[rule.index]
        do {
            try await ContractWorld.with(kind) { world in try await rule.prove(world) }
            ContractMatrix.record(rule.sentence, kind, isKept: true)
        } catch {
            ContractMatrix.record(rule.sentence, kind, isKept: false)
            throw error
        }
    }

    @Test("has a simulated cloud, and so runs this suite", arguments: Registry.drivers.map { $0.kind })
    func hasCloud(_ kind: String) {
        #expect(CloudKind(rawValue: kind) != nil, "add \(kind) to CloudKind")
    }

    @Test("has its contract in providers/README.md, sentence by sentence")
    func readme() throws {
        let readme = try String(contentsOfFile: "\(PythonEnvironment.packageRoot)/providers/README.md", encoding: .utf8)
        for sentence in DriverContract.cases.map(\.sentence) + FaultRule.all.map(\.sentence) {
            let row = "| \(sentence) |" + String(repeating: " ✓ |", count: CloudKind.allCases.count)
            #expect(readme.contains(row), "\(sentence)")
        }
    }

    @Test("says each sentence of its contract once")
    func sentences() {
        let all = DriverContract.cases.map(\.sentence) + FaultRule.all.map(\.sentence)
        #expect(Set(all).count == all.count)
    }
}

/// Which sentence each driver keeps, as providers/README.md has it: printed when the suite is over.
enum ContractMatrix {
    private static let kept = NIOLockedValueBox<[String: [CloudKind: Bool]]>([:])

    static func record(_ sentence: String, _ kind: CloudKind, isKept: Bool) {
        kept.withLockedValue { $0[sentence, default: [:]][kind] = isKept }
    }

    static var markdown: String {
        let rows = kept.withLockedValue { $0 }
        let kinds = CloudKind.allCases
        let sentences = DriverContract.cases.map(\.sentence) + FaultRule.all.map(\.sentence)
        let head = ["the driver"] + kinds.map(\.rawValue)
        let body = sentences.filter { rows[$0] != nil }.map { sentence in
            [sentence] + kinds.map { rows[sentence]?[$0].map { $0 ? "✓" : "✗" } ?? "–" }
        }
        let lines = [head, head.map { _ in "---" }] + body
        return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }
}

private struct MatrixTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await body()
        print("\nThe contract, case by driver:\n\n\(ContractMatrix.markdown)\n")
    }
}

extension Trait where Self == MatrixTrait {
    fileprivate static var matrix: MatrixTrait { MatrixTrait() }
}
#endif
