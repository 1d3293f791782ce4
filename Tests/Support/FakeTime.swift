import Foundation

/// Debian's libfaketime, which gives a program a clock other than the machine's.
package enum FakeTime {
    private static let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

    package static var isInstalled: Bool { FileManager.default.fileExists(atPath: library) }

    /// The start of a command that runs what follows it as the same process. The second `env` lets the library set up
    /// its shared memory, for which it adds to the environment: Swift finds a program's arguments by where the
    /// environment was.
    ///
    /// - Parameter shift: the difference between the clocks, such as `+60s`.
    package static func command(_ shift: String) -> [String] {
        let settings = ["LD_PRELOAD=\(library)", "FAKETIME=\(shift)", "DONT_FAKE_MONOTONIC=1"]
        return ["/usr/bin/env"] + settings + ["/usr/bin/env"]
    }
}
