import Broker
import HTTPTypes
import Hummingbird

/// A call of the API. The table below is the whole surface.
struct Route: Sendable {
    enum Handler: Sendable {
        /// For anybody.
        case open(@Sendable () async throws(APIError) -> Response)
        /// For whoever asks from this machine, and for the bearer of a token that allows it.
        case local(Permission, @Sendable () async throws(APIError) -> Response)
        /// For the bearer of a valid token; the rules decide what it may do.
        case signedIn(@Sendable (Exchange) async throws(APIError) -> Response)
        /// The same, for what has no effect before it is recorded: it begins with what is remembered, which the record
        /// proves.
        case recorded(@Sendable (Exchange) async throws(APIError) -> Response)
    }

    /// What is measured, by its outcome.
    enum Use: String, Sendable, CaseIterable { case resolve, relay, write }

    let method: HTTPRequest.Method
    let path: String
    let use: Use?
    /// Whether the request brings a value in. Its connection is then closed with the answer, since an idle one would
    /// keep the request in memory.
    let takesValue: Bool
    let handler: Handler

    private init(
        _ method: HTTPRequest.Method, _ path: String, measured use: Use? = nil, takesValue: Bool = false,
        _ handler: Handler
    ) {
        self.method = method
        self.path = path
        self.use = use
        self.takesValue = takesValue
        self.handler = handler
    }

    static func table(
        _ services: Services, refusals: SignInRefusals, requests: RequestMetrics, listener: Listener
    ) -> [Route] {
        let secrets = SecretRoutes(services: services)
        let resolve = ResolveRoutes(services: services)
        let tokens = TokenRoutes(services: services)
        let audit = AuditRoutes(services: services)
        let webhooks = WebhookRoutes(services: services)
        let relay = RelayRoutes(services: services)
        let status = StatusRoutes(services: services, refusals: refusals)
        let metrics = MetricsRoutes(
            services: services, refusals: refusals, requests: requests, listener: listener)
        let document = OpenAPIDocument(version: services.version)
        return [
            Route(.get, "/v1/teams/{team}/secrets", .signedIn(secrets.list)),
            Route(.post, "/v1/teams/{team}/secrets", measured: .write, takesValue: true, .signedIn(secrets.create)),
            Route(.get, "/v1/teams/{team}/secrets/{name}", .signedIn(secrets.describe)),
            Route(
                .put, "/v1/teams/{team}/secrets/{name}", measured: .write, takesValue: true, .signedIn(secrets.rotate)),
            Route(.delete, "/v1/teams/{team}/secrets/{name}", measured: .write, .signedIn(secrets.delete)),
            Route(.post, "/v1/teams/{team}/resolve", measured: .resolve, .recorded(resolve.resolve)),
            Route(.post, "/v1/teams/{team}/values", measured: .resolve, .recorded(resolve.values)),
            Route(.get, "/v1/teams/{team}/webhooks", .signedIn(webhooks.list)),
            Route(.post, "/v1/teams/{team}/webhooks", .signedIn(webhooks.create)),
            Route(.get, "/v1/teams/{team}/webhooks/{webhook}", .signedIn(webhooks.describe)),
            Route(.put, "/v1/teams/{team}/webhooks/{webhook}", .signedIn(webhooks.replace)),
            Route(.delete, "/v1/teams/{team}/webhooks/{webhook}", .signedIn(webhooks.delete)),
            Route(.post, "/v1/teams/{team}/webhooks/{webhook}/confirm", .signedIn(webhooks.confirm)),
            Route(.post, "/v1/teams/{team}/webhooks/{webhook}/test", measured: .relay, .signedIn(relay.test)),
            Route(.post, "/v1/relay/{team}/{webhook}", measured: .relay, .recorded(relay.relay)),
            Route(.get, "/v1/tokens", .signedIn(tokens.list)),
            Route(.post, "/v1/tokens", .signedIn(tokens.create)),
            Route(.delete, "/v1/tokens/{id}", .signedIn(tokens.revoke)),
            Route(.get, "/v1/audit", .signedIn(audit.read)),
            Route(.get, "/v1/status", .signedIn(status.status)),
            Route(.get, "/metrics", .local(.readMetrics, metrics.metrics)),
            Route(.get, "/healthz", .open(status.alive)),
            Route(.get, "/readyz", .open(status.ready)),
            Route(.get, "/openapi.json", .open(document.answer)),
        ]
    }
}
