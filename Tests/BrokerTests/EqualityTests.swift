import Broker
import Support
import Testing

/// Classes compare what they hold, since nothing does it for them.
@Suite("What never changes is the same if all that it holds is")
struct EqualityTests {
    @Test("a version")
    func versions() {
        func version(
            store: String = "default", reference: String = "a", pin: String = "p", journaled: Int64 = 1,
            committed: Int64 = 2, isOwned: Bool = true
        ) -> Version {
            Version(
                store: StoreName(store)!, reference: Reference(recorded: reference), pin: Pin(pin),
                journaled: Timestamp(milliseconds: journaled), committed: Timestamp(milliseconds: committed),
                isOwned: isOwned)
        }
        let all = [
            version(), version(store: "other"), version(reference: "b"), version(pin: "q"), version(journaled: 3),
            version(committed: 3), version(isOwned: false),
        ]
        #expect(Set(all).count == all.count)
        #expect(version() == version() && version().hashValue == version().hashValue)
    }

    @Test("who did something")
    func actors() {
        func actor(
            tokenID: String = "t", name: String = "n", address: String? = nil, requestID: String = "r",
            basis: Basis = .asked(epoch: nil)
        ) -> Principal {
            Principal(tokenID: tokenID, name: name, address: address, requestID: requestID, basis: basis)
        }
        let all = [
            actor(), actor(tokenID: "u"), actor(name: "m"), actor(address: "::1"), actor(requestID: "s"),
            actor(basis: .asked(epoch: 1)),
        ]
        #expect(Set(all).count == all.count)
        #expect(actor() == actor() && actor().hashValue == actor().hashValue)
    }
}
