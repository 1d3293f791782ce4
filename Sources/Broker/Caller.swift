/// Who is asking, as the token proves it: nothing that a request claims counts.
package struct Caller: Sendable {
    package let actor: Actor
    package let grant: Grant
    package let expires: Timestamp?

    package init(actor: Actor, grant: Grant, expires: Timestamp? = nil) {
        self.actor = actor
        self.grant = grant
        self.expires = expires
    }
}

/// Who did something, for the audit log. A class, since it is passed on many times and never changes.
package final class Actor: Sendable {
    package let tokenID: String
    package let name: String
    /// The address that the request came from, if there was one.
    package let address: String?
    package let requestID: String
    /// How the actor's identity was looked up. Not recorded.
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
    package static func operatorsShell(requestID: String) -> Actor {
        Actor(tokenID: operatorsName, name: operatorsName, address: nil, requestID: requestID)
    }

    /// The broker itself: recovery and purges.
    package static let broker = Actor(tokenID: brokersName, name: brokersName, address: nil, requestID: "recovery")
}

extension Actor: Hashable {
    package static func == (left: Actor, right: Actor) -> Bool {
        left.tokenID == right.tokenID && left.name == right.name && left.address == right.address
            && left.requestID == right.requestID && left.basis == right.basis
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(tokenID)
        hasher.combine(requestID)
    }
}
