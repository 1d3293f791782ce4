import Broker
import Foundation

enum SystemTime {
    /// The machine's clock. On one machine it is also that of the catalog's leases.
    static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
