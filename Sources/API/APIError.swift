import Broker

/// What can be wrong with a request before any rule of the broker is asked.
enum APIError: Error, Equatable {
    case noSuchPath
    /// What the path does allow.
    case methodNotAllowed([String])
    case bodyTooLarge
    case bodyTooSlow
    case notJSON
    case duplicateKey
    case nestedTooDeeply
    case unknownField
    case broker(BrokerError)
}
