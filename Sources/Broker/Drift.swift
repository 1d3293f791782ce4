/// A secret whose object is not as the catalog has it: changed or removed behind the broker's back.
package struct Drift: Sendable {
    package let record: SecretRecord
    package let error: ProviderError

    /// Reads every secret's pinned version at its provider and reports those that are not to be had. Nothing is
    /// changed: rotating the secret mends it.
    package static func search(
        _ catalog: any CatalogReader, _ stores: Stores, report: (Drift) -> Void
    ) async throws(CatalogError) {
        var cursor: (team: TeamName, name: SecretName)?
        while true {
            let page = try await catalog.secrets(after: cursor, limit: 100)
            guard let last = page.last else { return }
            for record in page {
                if let error = await look(at: record.version, stores) { report(Drift(record: record, error: error)) }
            }
            cursor = (last.team, last.name)
        }
    }

    private static func look(at version: Version, _ stores: Stores) async -> ProviderError? {
        guard let store = stores.store(named: version.store) else { return ProviderError(.rejected, during: "read") }
        do throws(ProviderError) {
            _ = try await store.provider.read(version.reference, at: version.pin)
            return nil
        } catch {
            return error
        }
    }
}
