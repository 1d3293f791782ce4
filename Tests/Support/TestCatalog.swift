package import Broker
import Foundation
package import Store

/// A catalog in a folder of its own, which is removed with it.
package final class TestCatalog: Sendable {
    package let catalog: Catalog
    private let folder: TestFolder
    package var path: String { "\(folder.path)/catalog.db" }

    package init(clock: @escaping @Sendable () -> Timestamp = TestCatalog.systemTime) throws {
        folder = TestFolder()
        catalog = try Catalog.open(path: "\(folder.path)/catalog.db", clock: clock)
    }

    deinit { catalog.close() }

    package static func systemTime() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
