package import Broker
package import Foundation
package import Store

/// A catalog in a folder of its own, which is removed with it.
package final class TestCatalog: Sendable {
    package let folder: URL
    package let catalog: Catalog
    package var path: String { folder.appendingPathComponent("catalog.db").path }

    package init(clock: @escaping @Sendable () -> Timestamp = TestCatalog.systemTime) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("catalog-\(UUID().uuidString)")
        catalog = try Catalog.open(
            path: folder.appendingPathComponent("catalog.db").path, clock: clock)
    }

    deinit {
        catalog.close()
        try? FileManager.default.removeItem(at: folder)
    }

    package static func systemTime() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
