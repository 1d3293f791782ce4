import Foundation
import Support
import Testing

/// What the fuzzer checks, on its corpus and a little beyond, without the fuzzer.
@Suite("What must hold for any input")
struct CorpusTests {
    private static let mutations = 1000

    private static func corpus(of target: String) throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: "\(PythonEnvironment.packageRoot)/Tests/Fuzz/Corpus/\(target)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }

    @Test("holds for the corpus", arguments: FuzzTarget.all.map(\.name))
    func corpus(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try Self.corpus(of: name)
        #expect(files.count >= 3)
        for file in files {
            #expect(throws: Never.self, "\(file.shown)") { try target.run(file) }
        }
    }

    @Test("holds for what is made of the corpus by chance", arguments: FuzzTarget.all.map(\.name))
    func mutations(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try Self.corpus(of: name)
        for seed in 0..<UInt64(Self.mutations) {
            var random = SeededRandom(seed: seed)
            let input = Self.mutated(files, using: &random)
            #expect(throws: Never.self, "seed \(seed): \(input.shown)") { try target.run(input) }
        }
    }

    /// One of them with a few pieces cut out, doubled, swapped for another's or overwritten.
    private static func mutated(_ files: [[UInt8]], using random: inout SeededRandom) -> [UInt8] {
        var bytes = files.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0...8, using: &random))
            let other = files.randomElement(using: &random) ?? []
            let from = Int.random(in: 0...other.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes.replaceSubrange(start..<end, with: other[from...].prefix(12))
            default:
                let special = Array("\"\\${}[]/%+.,:=&@?#\u{1F}\u{0}\n é🙂a0".utf8)
                bytes.replaceSubrange(start..<end, with: [special.randomElement(using: &random) ?? 0])
            }
        }
        return bytes
    }
}
