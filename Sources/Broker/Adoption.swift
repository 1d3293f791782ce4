/// Why an object was not taken for a team's secret.
package enum AdoptionError: Error, Sendable, Equatable {
    /// The provider's objects have no versions that a read could name, so another value could be served unseen.
    case unversioned
    case notAName
    /// In a namespace of the broker's own: a secret could be purged under it.
    case ownNamespace
    case unreadable(ProviderError)
    case notText
    case refused(AdoptionRefusal)
    case catalog(CatalogError)
}

/// Takes an object that is in the store already for a team's secret. It is read and compared with nothing: its value is
/// somebody else's, as is its end.
package struct Adoption: Sendable {
    private let stores: Stores
    private let adoptions: any Adoptions
    private let now: @Sendable () -> Timestamp

    package init(stores: Stores, adoptions: any Adoptions, now: @escaping @Sendable () -> Timestamp) {
        self.stores = stores
        self.adoptions = adoptions
        self.now = now
    }

    /// - Parameter object: the name that people know the object by, short or full.
    /// - Returns: the secret's version from now on, which is the object's current one.
    package func adopt(
        _ object: String, from store: SecretStore, as name: SecretName, in team: TeamName, by actor: Principal
    ) async throws(AdoptionError) -> Version {
        guard store.provider.hasVersions else { throw .unversioned }
        guard let found = store.provider.object(named: object) else { throw .notAName }
        guard !isOwn(found.name) else { throw .ownNamespace }
        let pin = try await currentPin(of: found.reference, in: store)
        let version = Version(
            store: store.name, reference: found.reference, pin: pin, journaled: now(), committed: now(), isOwned: false)
        let answer: Result<Void, AdoptionRefusal>
        do throws(CatalogError) {
            answer = try await adoptions.adopt(version, as: name, in: team, by: actor)
        } catch {
            throw .catalog(error)
        }
        try answer.mapError(AdoptionError.refused).get()
        return version
    }

    /// That it can be read, and is text, is seen before anything is kept.
    private func currentPin(of reference: Reference, in store: SecretStore) async throws(AdoptionError) -> Pin {
        let current: (pin: Pin, value: Secret)?
        do throws(ProviderError) {
            current = try await self.current(of: reference, in: store)
        } catch {
            throw .unreadable(error)
        }
        guard let current else { throw .unversioned }
        guard current.value.isText else { throw .notText }
        return current.pin
    }

    /// Nil where the provider does not tell.
    private func current(
        of reference: Reference, in store: SecretStore
    ) async throws(ProviderError) -> (pin: Pin, value: Secret)? {
        guard let pin = try await store.provider.currentPin(of: reference) else { return nil }
        return (pin, try await store.provider.read(reference, at: pin))
    }

    /// Whether the name is in the namespace of any store, since several stores may be one place under two names.
    /// Compares in lower case, since some clouds ignore case.
    private func isOwn(_ name: String) -> Bool {
        stores.all.values.contains { store in
            let prefix = store.namespace.lowercased() + "-"
            return store.namespace.isEmpty
                ? VersionID.isAtTheEnd(of: name.lowercased()) : name.lowercased().hasPrefix(prefix)
        }
    }
}

extension VersionID {
    /// Whether the name ends like the references that the broker makes.
    fileprivate static func isAtTheEnd(of name: String) -> Bool {
        let end = name.utf8.suffix(length + 1)
        return end.count == length + 1 && end.first == UInt8(ascii: "-")
            && end.dropFirst().allSatisfy { byte in
                byte.isLowercaseLetter || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains(byte)
            }
    }
}
