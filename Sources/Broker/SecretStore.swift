/// A place for values that the operator configured: a provider, opened with its settings.
package struct SecretStore: Sendable {
    package let name: StoreName
    /// The provider's name: `aws`, `google`, `azure`, `kubernetes`.
    package let kind: String
    /// Where the values are, so that a store that was pointed elsewhere is noticed: region or project, endpoint,
    /// namespace. The catalog remembers it. No credential is part of it.
    package let identity: String
    /// The prefix of every reference in this store; may be empty.
    package let namespace: String
    /// The provider's own limit on a value, in bytes.
    package let maximumValueSize: Int
    /// The key that guards the values, or a note that it is the provider's default.
    package let key: String
    /// Where the broker's credentials for the store come from, in words for people: `the environment`.
    package let signIn: String
    package let warnings: [Warning]
    /// The provider's documented default quotas, for each operation that has one.
    package let rates: [StoreOperation: CallRate]
    package let provider: GuardedProvider

    /// - Parameter provider: the provider to call, always within limits of the store's own.
    package init(
        name: StoreName, kind: String, identity: String, namespace: String, maximumValueSize: Int, key: String,
        signIn: String, warnings: [Warning], rates: [StoreOperation: CallRate], provider: any Provider,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.name = name
        self.kind = kind
        self.identity = identity
        self.namespace = namespace
        self.maximumValueSize = maximumValueSize
        self.key = key
        self.signIn = signIn
        self.warnings = warnings
        self.rates = rates
        self.provider = GuardedProvider(provider, rates: rates, now: now)
    }
}

/// The configured stores, and which team writes to which.
package struct Stores: Sendable {
    package let all: [StoreName: SecretStore]
    private let teams: [TeamName: StoreName]
    /// The store of every team that has no other.
    package let `default`: SecretStore
    /// Whether any store has warnings.
    let haveWarnings: Bool

    /// - Parameter teams: must name stores in `all`.
    package init(default: SecretStore, others: [SecretStore] = [], teams: [TeamName: StoreName] = [:]) {
        var all = [`default`.name: `default`]
        for store in others { all[store.name] = store }
        self.all = all
        haveWarnings = all.values.contains { !$0.warnings.isEmpty }
        self.teams = teams
        self.default = `default`
    }

    /// Where a new version of this team's secrets goes: where a migration has decided, else as configured.
    package func storeName(of team: TeamName, _ assigned: any TeamStores) async throws(CatalogError) -> StoreName {
        try await assigned.assignedStore(of: team) ?? teams[team] ?? `default`.name
    }

    package func store(named name: StoreName) -> SecretStore? { all[name] }

    /// Where a version is that the catalog names, to be called. The start checks that every such store is configured,
    /// but another process, with a store more, may have written since.
    ///
    /// - Throws: `notConfigured`.
    func store(named name: StoreName, for operation: StoreOperation) throws(ProviderError) -> SecretStore {
        guard let store = all[name] else { throw ProviderError(.notConfigured, during: operation.rawValue) }
        return store
    }
}
