/// A secret whose value is not to be had as the catalog has it.
package struct Drift: Sendable {
    package let record: SecretRecord
    package let error: ProviderError

    /// It was changed or removed behind the broker's back: rotating it mends it. Else the store could not be asked.
    package var isCertain: Bool {
        switch error.kind {
        case .absent, .disabled, .corrupt, .conflict: true
        case .denied, .keyDenied, .keyDisabled, .unauthenticated, .throttled, .unavailable, .limitExceeded,
            .overloaded, .rejected:
            false
        }
    }

    /// Reads every secret's pinned version at its provider and reports those that are not to be had. Nothing is
    /// changed.
    package static func search(
        _ catalog: any CatalogReader, _ stores: Stores, report: (Drift) -> Void
    ) async throws(CatalogError) {
        var cursor: (team: TeamName, name: SecretName)?
        while true {
            let page = try await catalog.secrets(after: cursor, limit: 100)
            guard let last = page.last else { return }
            for record in page {
                if let drift = try await look(at: record, catalog, stores) { report(drift) }
            }
            cursor = (last.team, last.name)
        }
    }

    /// What is not to be had may have been rotated or deleted since the catalog was read: then it is looked at as it is
    /// now.
    private static func look(
        at record: SecretRecord, _ catalog: any CatalogReader, _ stores: Stores
    ) async throws(CatalogError) -> Drift? {
        var record = record
        while let error = await failure(of: record.version, stores) {
            guard let present = try await catalog.secret(record.name, in: record.team) else { return nil }
            guard present.version != record.version else { return Drift(record: record, error: error) }
            record = present
        }
        return nil
    }

    private static func failure(of version: Version, _ stores: Stores) async -> ProviderError? {
        guard let store = stores.store(named: version.store) else { return ProviderError(.rejected, during: "read") }
        do throws(ProviderError) {
            _ = try await store.provider.read(version.reference, at: version.pin)
            return nil
        } catch {
            return error
        }
    }
}
