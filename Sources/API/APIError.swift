import Broker

/// What can be wrong with a request before any rule of the broker is applied.
enum APIError: Error, Equatable {
    case noSuchPath
    /// The methods that the path does allow.
    case methodNotAllowed([String])
    case bodyTooLarge
    case bodyTooSlow
    /// The large bodies that are being taken and answered fill the room that there is for them.
    case noRoom
    case notJSON
    /// The member of the body with this name, one of the broker's own, is missing or not of the wanted kind.
    case wrongMember(String, wanted: String)
    case noSuchToken
    case duplicateKey
    case nestedTooDeeply
    case unknownField
    /// The body is not a form that a page of the broker sends.
    case notTheForm
    /// A form that no page of this session can have sent.
    case forged
    /// The request names a host under which the broker does not serve its pages.
    case foreignHost
    case broker(BrokerError)

    /// Whether it ends a delivery whose attempt is on record: the destination may have received it.
    var endsDelivery: Bool {
        guard case .broker(let error) = self else { return false }
        return error.code == .destinationNotAllowed || error.code == .destinationUnreachable
    }
}
