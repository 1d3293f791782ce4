package import Broker

/// The parts of the broker that the API gives access to. A class, since every request passes it on many times.
package final class Services: Sendable {
    package let version: String
    package let catalog: any CatalogView
    package let audit: AuditLog
    package let auditReader: any AuditReader
    package let tokens: any Tokens
    package let stores: Stores
    package let values: Values
    package let resolver: Resolver
    package let writer: Writer
    package let webhooks: any Webhooks
    package let relay: Relay
    /// The URL under which others reach this broker, without a slash at its end; nil if it is not known.
    package let publicURL: String?
    /// The space on the catalog's disk; nil if it is not known.
    package let space: @Sendable () -> CatalogSpace?
    package let now: @Sendable () -> Timestamp

    package init(
        version: String, catalog: any CatalogView, audit: AuditLog, auditReader: any AuditReader, tokens: any Tokens,
        stores: Stores, values: Values, resolver: Resolver, writer: Writer, webhooks: any Webhooks, relay: Relay,
        publicURL: String?,
        space: @escaping @Sendable () -> CatalogSpace?, now: @escaping @Sendable () -> Timestamp
    ) {
        self.version = version
        self.catalog = catalog
        self.audit = audit
        self.auditReader = auditReader
        self.tokens = tokens
        self.stores = stores
        self.values = values
        self.resolver = resolver
        self.writer = writer
        self.webhooks = webhooks
        self.relay = relay
        self.publicURL = publicURL
        self.space = space
        self.now = now
    }

    /// Reads the catalog for a request.
    func read<Answer>(_ query: () async throws(CatalogError) -> Answer) async throws(APIError) -> Answer {
        do throws(CatalogError) {
            return try await query()
        } catch {
            throw .broker(.auditUnavailable)
        }
    }

    /// Changes the catalog for a request.
    /// - Throws: `auditUnavailable` if nothing was done; `outcomeUnknown` if that is not known.
    func change<Answer>(_ change: () async throws(CatalogError) -> Answer) async throws(APIError) -> Answer {
        do throws(CatalogError) {
            return try await change()
        } catch {
            throw .broker(BrokerError(changing: error))
        }
    }

    /// Runs a rule of the broker, whose refusal becomes an `APIError`.
    func ask<Answer>(_ rule: () async throws(BrokerError) -> Answer) async throws(APIError) -> Answer {
        do throws(BrokerError) {
            return try await rule()
        } catch {
            throw .broker(error)
        }
    }
}

extension Caller {
    /// Requires the permission, for a handler whose answer is the refusal.
    func demand(_ permission: Permission) throws(APIError) {
        do throws(BrokerError) {
            try require(permission)
        } catch {
            throw .broker(error)
        }
    }
}
