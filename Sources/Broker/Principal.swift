/// Who can be held to account for what is done in one request: a token's holder, the operator's shell or the broker
/// itself. In an audit record it is the actor. A class, since it is passed on many times and never changes.
package final class Principal: Sendable {
    package let tokenID: String
    package let name: String
    /// The address that the request came from, if there was one.
    package let address: String?
    package let requestID: String
    /// How its identity was looked up. Not recorded.
    package let basis: Basis

    package init(
        tokenID: String, name: String, address: String?, requestID: String, basis: Basis = .asked(epoch: nil)
    ) {
        self.tokenID = tokenID
        self.name = name
        self.address = address
        self.requestID = requestID
        self.basis = basis
    }

    // No token has these names.
    package static let operatorsName = "operator"
    static let brokersName = "broker"

    /// The person who can run commands on the broker's machine.
    package static func operatorsShell(requestID: String) -> Principal {
        Principal(tokenID: operatorsName, name: operatorsName, address: nil, requestID: requestID)
    }

    /// The broker itself: recovery and purges.
    package static let broker = Principal(tokenID: brokersName, name: brokersName, address: nil, requestID: "recovery")
}

extension Principal: Hashable {
    package static func == (left: Principal, right: Principal) -> Bool {
        left.tokenID == right.tokenID && left.name == right.name && left.address == right.address
            && left.requestID == right.requestID && left.basis == right.basis
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(tokenID)
        hasher.combine(requestID)
    }
}
