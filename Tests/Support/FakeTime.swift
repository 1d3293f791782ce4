import Foundation

/// Debian's libfaketime, which makes a program's clock another one than the machine's.
package enum FakeTime {
    /// Nil where it is not installed.
    package static let library: String? = {
        let path = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// - Parameter shift: `+60s`.
    package static func environment(_ shift: String) -> [String: String] {
        ["LD_PRELOAD": library ?? "", "FAKETIME": shift, "DONT_FAKE_MONOTONIC": "1"]
    }
}
