package import Foundation

/// A folder of a test's own, which goes with its last reference, and all that is in it.
package final class TestFolder: Sendable {
    package let url: URL
    package var path: String { url.path }

    /// One that could not be made shows by the first file that is to be in it.
    package init() {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("secret-broker-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// - Returns: the file's path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let file = url.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }
}
