/// A place for values that the operator configured: a provider, opened with its settings.
package struct SecretStore: Sendable {
    package let name: StoreName
    /// The provider's name: `aws`, `google`, `azure`, `kubernetes`.
    package let kind: String
    /// Where the values are, so that a store that was pointed elsewhere is noticed: region or project, endpoint,
    /// namespace. The catalog remembers it. No credential is part of it.
    package let identity: String
    /// What every reference in this store begins with; may be empty.
    package let namespace: String
    /// The provider's own limit on a value, in bytes.
    package let maximumValueSize: Int
    /// The key that guards the values, or that it is the provider's default.
    package let key: String
    /// What the broker signs in with there, for people: `the environment`, `the metadata server`.
    package let signIn: String
    package let warnings: [Warning]
    package let provider: StoreGate

    /// - Parameter provider: is called through a gate of the store's own.
    package init(
        name: StoreName, kind: String, identity: String, namespace: String, maximumValueSize: Int, key: String,
        signIn: String, warnings: [Warning], provider: any Provider, now: @escaping @Sendable () -> Timestamp
    ) {
        self.name = name
        self.kind = kind
        self.identity = identity
        self.namespace = namespace
        self.maximumValueSize = maximumValueSize
        self.key = key
        self.signIn = signIn
        self.warnings = warnings
        self.provider = StoreGate(provider, now: now)
    }
}

/// The configured stores, and which team writes to which.
package struct Stores: Sendable {
    package let all: [StoreName: SecretStore]
    private let teams: [TeamName: StoreName]
    private let fallback: SecretStore

    /// - Parameter teams: must name stores in `all`.
    package init(default fallback: SecretStore, others: [SecretStore] = [], teams: [TeamName: StoreName] = [:]) {
        var all = [fallback.name: fallback]
        for store in others { all[store.name] = store }
        self.all = all
        self.teams = teams
        self.fallback = fallback
    }

    /// Where a new version of this team's secrets goes.
    package func store(of team: TeamName) -> SecretStore {
        teams[team].flatMap { all[$0] } ?? fallback
    }

    /// Where a version is that the catalog names. The start checks that every such store is configured.
    package func store(named name: StoreName) -> SecretStore? { all[name] }
}
