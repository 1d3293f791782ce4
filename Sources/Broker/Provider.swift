/// The driver contract: what the broker asks of a place for values. Each sentence is a case of the contract suite.
///
/// Every call is bounded in time by the driver, cancellable, and safe to make concurrently. A driver classifies what
/// goes wrong by the provider's error name, retries what is transient within its bound, and passes none of the
/// provider's text on.
package protocol Provider: Sendable {
    /// Creates the object `reference` with `value`.
    ///
    /// Repeating it with the same value is harmless and gives the same pin, or another that names the same bytes.
    /// References are never used twice. Another value at an existing one is `conflict` or, where the store has no
    /// conditional write, one more version under a pin of its own: what an earlier pin reads never changes. On any
    /// error the object may exist: the caller purges.
    ///
    /// - Returns: the provider's id of what was written.
    @concurrent
    func create(_ value: Secret, at reference: Reference, note: ObjectNote) async throws(ProviderError) -> Pin

    /// Reads exactly the version `pin` of `reference`, never "latest". If it is not there, the error is `absent`.
    @concurrent
    func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret

    /// Removes the object and every version of it, as permanently as the store allows. An absent object counts as gone.
    @concurrent
    func purge(_ reference: Reference) async throws(ProviderError) -> Purge

    /// Reports what can be told about the store without a value: identity, permissions, key, limits.
    @concurrent
    func check() async -> [Finding]
}

/// A provider whose objects can get another version, and that can tell with the permissions that a read needs.
package protocol VersionedProvider: Provider {
    /// The provider's id of the object's current version. Any but the pin was put there behind the broker's back.
    @concurrent
    func currentPin(of reference: Reference) async throws(ProviderError) -> Pin

    /// An object that the broker did not make, by the name that the cloud's console and command line show to people.
    /// Nil if an object in this store cannot have this name. Makes no call.
    func object(named name: String) -> ForeignObject?
}

/// Somebody else's object.
package struct ForeignObject: Sendable, Hashable {
    /// The reference by which the object is read.
    package let reference: Reference
    /// The name alone, without the path before it, so that it begins with its namespace.
    package let name: String

    package init(reference: Reference, name: String) {
        self.reference = reference
        self.name = name
    }
}

/// Who an object belongs to, for people who read a cloud's console. Never parsed, never secret.
package struct ObjectNote: Sendable {
    package let team: TeamName
    package let name: SecretName

    package init(team: TeamName, name: SecretName) {
        self.team = team
        self.name = name
    }
}

package enum Purge: Hashable, Sendable {
    case gone
    /// The store holds the value back, unreadable through the broker, until this moment.
    case held(until: Timestamp)
}

/// One thing that `check` found out about a store.
package struct Finding: Sendable {
    package enum Severity: String, Sendable { case good, warning, failure }

    package let severity: Severity
    /// A stable word for scripts, such as `signed_in` or `key_disabled`.
    package let code: String
    /// A clause, of which `asSentence` makes prose; a failure's says what to do.
    package let message: String

    package init(_ severity: Severity, code: String, message: String) {
        self.severity = severity
        self.code = code
        self.message = message
    }
}

/// Something that an operator should know and act on, shown wherever it matters. Also the API's `Warning`.
package struct Warning: Hashable, Sendable {
    /// A stable word, such as `recovery_window_keeps_value`.
    package let code: String
    package let message: String
    /// Where the warning is explained.
    package let docs: String

    package init(code: String, message: String, docs: String) {
        self.code = code
        self.message = message
        self.docs = docs
    }
}
