import Broker
import HTTPTypes
import Hummingbird
import NIOCore

/// The route `/metrics`: what each part has counted, read from it when asked for.
struct MetricsRoutes {
    let services: Services
    let refusals: SignInRefusals
    let requests: RequestMetrics
    let listener: Listener

    func metrics() async throws(APIError) -> Response {
        let (depth, drift) = try await services.read { () async throws(CatalogError) in
            (try await services.catalog.journalDepth(), try await services.catalog.driftCounts())
        }
        var text = PrometheusText()
        addRequests(to: &text)
        await addStores(to: &text)
        addValues(to: &text)
        addJournal(depth, to: &text)
        text.gauge(
            "secret_broker_drifted_secrets", "Secrets that somebody changed or removed in the store.",
            services.stores.all.keys.sorted().map { ([("store", $0.text)], Double(drift[$0] ?? 0)) })
        text.histogram(
            "secret_broker_audit_append_seconds", "Transactions that append to the audit log.",
            [([], services.audit.latency)])
        text.counter(
            "secret_broker_audit_refusals_not_recorded_total",
            "Refusals beyond the twenty equal ones of a token that are recorded in a minute.",
            [([], Double(services.audit.unrecorded))])
        addAuditHead(to: &text)
        addSpace(to: &text)
        addListener(to: &text)
        text.counter(
            "secret_broker_refused_sign_ins_total", "Requests without a valid token.", [([], Double(refusals.count))])
        text.gauge(
            "secret_broker_build_info", "Always 1; the label has the version.",
            [([("version", services.version)], 1)])
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }

    private func addRequests(to text: inout PrometheusText) {
        let latencies = requests.latencies
        for use in Route.Use.allCases {
            let samples = latencies.filter { $0.key.use == use }.sorted { $0.key.outcome < $1.key.outcome }
            text.histogram(
                "secret_broker_\(use.rawValue)_seconds", use.help,
                samples.map { ([("outcome", $0.key.outcome)], $0.value) })
        }
    }

    private func addStores(to text: inout PrometheusText) async {
        var calls: [(labels: [(String, String)], value: Histogram)] = []
        var warnings: [(labels: [(String, String)], value: Double)] = []
        var refusals: [(labels: [(String, String)], value: Double)] = []
        var leftAlone: [(labels: [(String, String)], value: Double)] = []
        for store in services.stores.all.values.sorted(by: { $0.name < $1.name }) {
            let label = ("store", store.name.text)
            let latencies = await store.provider.latencies.sorted {
                ($0.key.operation.rawValue, $0.key.outcome) < ($1.key.operation.rawValue, $1.key.outcome)
            }
            calls += latencies.map { call, latency in
                ([label, ("operation", call.operation.rawValue), ("outcome", call.outcome)], latency)
            }
            let health = await store.provider.health
            let refused = await store.provider.refusals
            for operation in StoreOperation.allCases {
                let labels = [label, ("operation", operation.rawValue)]
                leftAlone.append((labels, health.leftAlone.contains(operation) ? 1 : 0))
                for reason in GuardedProvider.Refusal.allCases {
                    guard let count = refused[operation]?[reason] else { continue }
                    refusals.append((labels + [("reason", reason.rawValue)], Double(count)))
                }
            }
            warnings += store.warnings.map { ([label, ("code", $0.code)], 1) }
        }
        text.histogram("secret_broker_provider_call_seconds", "Calls of the stores.", calls)
        text.counter(
            "secret_broker_provider_calls_not_made_total",
            "Calls that were refused here, by breaker, budget or queue.", refusals)
        text.gauge(
            "secret_broker_provider_left_alone", "1 while a store does not answer and is left alone.", leftAlone)
        text.gauge("secret_broker_store_warning", "Always 1: what an operator should act on.", warnings)
    }

    private func addValues(to text: inout PrometheusText) {
        let counts = services.values.counts
        text.counter("secret_broker_cache_hits_total", "Values served from memory.", [([], Double(counts.hits))])
        text.counter("secret_broker_cache_misses_total", "Values asked for at a store.", [([], Double(counts.misses))])
        text.counter(
            "secret_broker_stale_serves_total", "Values served although their time was over, since the store was down.",
            [([], Double(counts.stale))])
    }

    private func addAuditHead(to text: inout PrometheusText) {
        guard let head = services.audit.announcedHead else { return }
        text.gauge(
            "secret_broker_audit_head", "The audit log's last record, once an hour, for `audit verify --head`.",
            [([("hash", head.hash)], Double(head.seq))])
    }

    private func addSpace(to text: inout PrometheusText) {
        guard let space = services.space() else { return }
        text.gauge("secret_broker_catalog_bytes", "What the catalog's file holds.", [([], Double(space.used))])
        text.gauge(
            "secret_broker_catalog_free_bytes", "Free for it on its disk, and within its file.",
            [([], Double(space.free))])
    }

    private func addListener(to text: inout PrometheusText) {
        guard let end = listener.certificateEnd?() else { return }
        text.gauge(
            "secret_broker_tls_certificate_expiry_timestamp_seconds", "When the TLS certificate in use ends.",
            [([], Double(end.milliseconds / 1000))])
    }

    private func addJournal(_ depth: JournalDepth, to text: inout PrometheusText) {
        let rows = [
            ("writing", depth.writing), ("purging", depth.purging), ("repeating", depth.repeating),
            ("held", depth.held),
        ]
        text.gauge(
            "secret_broker_journal_rows", "References that must not exist unless they are committed.",
            rows.map { ([("state", $0.0)], Double($0.1)) })
        let age = depth.oldest.map { services.now().since($0) / .seconds(1) } ?? 0
        text.gauge(
            "secret_broker_journal_oldest_seconds", "How long the oldest write or purge has been owed.",
            [([], max(age, 0))])
    }
}

extension Route.Use {
    fileprivate var help: String {
        switch self {
        case .resolve: "Resolves and reads of values, by what they came to."
        case .relay: "Relays and tests of webhooks, by what they came to."
        case .write: "Creates, rotates and deletes of secrets, by what they came to."
        }
    }
}
