import Broker
import HTTPTypes
import Hummingbird
import WireJSON

/// The broker's state: for people (`/v1/status`) and for what keeps it running (`/healthz`, `/readyz`).
struct StatusRoutes {
    let services: Services
    let refusals: SignInRefusals

    func status(_ exchange: Exchange) async throws(APIError) -> Response {
        let caller = exchange.caller
        try caller.demand(.readStatus)
        let json = JSONObject()
        json.set("version", services.version)
        var stores: [JSONObject] = []
        for store in try await visibleStores(to: caller) {
            stores.append(describe(store, health: caller.grant.team == nil ? await store.provider.health : nil))
        }
        json.set("stores", stores)
        // These show what all teams do, so they are left out for a team's token.
        if caller.grant.team == nil {
            let depth = try await services.read { () async throws(CatalogError) in
                try await services.catalog.journalDepth()
            }
            json.set("journal", describe(depth))
            json.set("refused_sign_ins", refusals.count)
        }
        return Response(json: json)
    }

    func alive() -> Response {
        let json = JSONObject()
        json.set("status", "ok")
        return Response(json: json)
    }

    /// Ready when the catalog can be read and uses can be recorded. A store that is down does not take the broker out
    /// of service, since warm values serve.
    func ready() async -> Response {
        // Anybody may ask, so the look costs next to nothing.
        let catalog = (try? await services.auditReader.auditRecords(team: nil, after: .max, limit: 1)) != nil
        let audit = await services.audit.canAppend()
        var stores = true
        for store in services.stores.all.values {
            if await !store.provider.health.leftAlone.isEmpty { stores = false }
        }
        let json = JSONObject()
        json.set("status", catalog && audit ? "ok" : "unavailable")
        json.set("catalog", catalog ? "ok" : "unavailable")
        json.set("audit", audit ? "ok" : "unavailable")
        json.set("stores", stores ? "ok" : "degraded")
        var response = Response(status: catalog && audit ? .ok : .serviceUnavailable, json: json)
        if !(catalog && audit) { response.headers[.retryAfter] = "5" }
        return response
    }

    private func visibleStores(to caller: Caller) async throws(APIError) -> [SecretStore] {
        if let team = caller.grant.team {
            let name = try await services.read { () async throws(CatalogError) in
                try await services.stores.storeName(of: team, services.catalog)
            }
            return services.stores.store(named: name).map { [$0] } ?? []
        }
        return services.stores.all.values.sorted { $0.name < $1.name }
    }

    private func describe(_ store: SecretStore, health known: GuardedProvider.Health?) -> JSONObject {
        let json = JSONObject()
        json.set("name", store.name.text)
        json.set("provider", store.kind)
        json.set("location", store.identity)
        json.set("key", store.key)
        json.set("warnings", store.warnings.map(\.json))
        guard let known else { return json }
        let health = JSONObject()
        if let last = known.lastSuccess { health.set("last_success_at", last.rfc3339) }
        if let last = known.lastFailure {
            health.set("last_failure_at", last.at.rfc3339)
            health.set("last_failure", last.kind.rawValue)
        }
        if !known.leftAlone.isEmpty { health.set("left_alone", known.leftAlone.map(\.rawValue)) }
        json.set("health", health)
        return json
    }

    private func describe(_ depth: JournalDepth) -> JSONObject {
        let json = JSONObject()
        json.set("writing", Int64(depth.writing))
        json.set("purging", Int64(depth.purging))
        json.set("repeating", Int64(depth.repeating))
        json.set("held", Int64(depth.held))
        if let oldest = depth.oldest { json.set("oldest_at", oldest.rfc3339) }
        return json
    }
}
