import Broker

/// What can be wrong with a request before any rule of the broker is asked.
enum APIError: Error, Equatable {
    case noSuchPath
    /// What the path does allow.
    case methodNotAllowed([String])
    case bodyTooLarge
    case bodyTooSlow
    /// The large bodies that are being taken and answered fill the room that there is for them.
    case noRoom
    case notJSON
    /// A member of the body, by a name of the broker's, is missing or of another kind than it is to be.
    case wrongMember(String, wanted: String)
    case noSuchToken
    case duplicateKey
    case nestedTooDeeply
    case unknownField
    /// The body is not the form that a page of the broker's sends.
    case notTheForm
    /// A form that no page of this session's can have sent.
    case forged
    /// The request names a host that the broker does not serve its pages under.
    case foreignHost
    case broker(BrokerError)

    /// Of a delivery that is on record as attempted: the destination may have it.
    var endsDelivery: Bool {
        guard case .broker(let error) = self else { return false }
        return error.code == .destinationNotAllowed || error.code == .destinationUnreachable
    }
}
