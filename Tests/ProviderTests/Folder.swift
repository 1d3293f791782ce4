import Broker
import Foundation

@testable import Providers

/// A folder for credential files, which goes with its last reference.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = "\(NSTemporaryDirectory())secret-broker-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: the file's path.
    @discardableResult
    func write(_ content: String, to name: String) throws -> String {
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }

    @discardableResult
    func write(_ content: Secret, to name: String) throws -> String { try write(text(content), to: name) }
}

/// For credentials of the simulator, which open nothing else.
func text(_ secret: Secret) -> String {
    secret.withBytes { bytes in
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
