import Broker
import Foundation

enum SystemTime {
    /// The machine's clock. On a single machine, the catalog's leases go by it too.
    static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
