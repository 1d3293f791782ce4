import Broker
import Testing

@testable import Providers

@Suite("The finding about the clock")
struct ClockTests {
    @Test(
        "is well up to half a minute, and a failure from five minutes, either way",
        arguments: [
            (0, "good"), (29, "good"), (30, "warning"), (299, "warning"), (300, "failure"), (100_000, "failure"),
        ])
    func clock(_ seconds: Int, severity: String) {
        for sign in [1, -1] {
            let finding = Finding.clock(of: "AWS", offBy: .seconds(seconds * sign), limit: .seconds(300))
            #expect(finding.severity.rawValue == severity)
            guard finding.severity != .good else { continue }
            #expect(finding.message.contains("\(seconds) s \(sign > 0 ? "ahead of" : "behind") AWS's"))
        }
    }

    @Test("is never a failure where no sign-in depends on it")
    func noLimit() {
        for seconds in [30, 100_000, -100_000] {
            let finding = Finding.clock(of: "Azure", offBy: .seconds(seconds), limit: nil)
            #expect(finding.severity == .warning)
            #expect(!finding.message.contains("refuses"))
        }
    }
}
