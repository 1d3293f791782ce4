import Foundation
package import Testing

extension Trait where Self == ConditionTrait {
    /// For a test that looks into the broker's process, which nobody may without this capability: not the same user either,
    /// since the broker has itself not dumped.
    package static var readsMemory: Self { .enabled(if: mayTrace, "this needs CAP_SYS_PTRACE, which root has") }
}

private let mayTrace: Bool = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") } ?? ""
    let capabilities = line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return capabilities & 1 << 19 != 0
}()
