import Broker
import HTTPTypes
import Hummingbird
import NIOCore

/// The route `/v1/audit`: the log in pages, as NDJSON.
struct AuditRoutes {
    /// The maximum number of records in a page.
    static let maximumPage = 10_000
    /// The size in bytes at which a page ends sooner.
    private static let sufficient = 4 << 20
    /// The number of records that are read at once.
    private static let stride = 250

    private static let parameters: Set<Substring> = ["team", "after", "limit"]

    let services: Services

    /// A page; where the log goes on behind it, `Link` says where.
    func read(_ exchange: Exchange) async throws(APIError) -> Response {
        let names = exchange.query.map { $0.key }
        guard Self.parameters.isSuperset(of: names), Set(names).count == names.count else {
            throw .broker(.invalidRequest("this call takes team, after and limit, each once"))
        }
        let team = try team(exchange)
        try exchange.caller.demand(.readAudit(team))
        var after = try number("after", exchange, in: 0...Int64.max) ?? 0
        let limit = try number("limit", exchange, in: 1...Int64(Self.maximumPage)).map(Int.init) ?? 1000
        var left = limit
        var isAtEnd = false
        var buffer = ByteBuffer()
        while left > 0, buffer.readableBytes < Self.sufficient {
            let wanted = min(left, Self.stride)
            let lines = try await services.read { [after] () async throws(CatalogError) in
                try await services.auditReader.auditRecords(team: team, after: after, limit: wanted)
            }
            for line in lines {
                buffer.writeString(line.json)
                buffer.writeString("\n")
            }
            guard let last = lines.last, lines.count == wanted else {
                isAtEnd = true
                break
            }
            (after, left) = (last.seq, left - wanted)
        }
        var headers: HTTPFields = [.contentType: "application/x-ndjson", .cacheControl: "no-store"]
        if !isAtEnd, try await hasMore(team, after: after) {
            let given = exchange.query.get("team").map { "&team=\($0)" } ?? ""
            headers[.link] = "</v1/audit?after=\(after)&limit=\(limit)\(given)>; rel=\"next\""
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: buffer))
    }

    private func hasMore(_ team: TeamName?, after seq: Int64) async throws(APIError) -> Bool {
        try await services.read { () async throws(CatalogError) in
            try await !services.auditReader.auditRecords(team: team, after: seq, limit: 1).isEmpty
        }
    }

    /// The team whose records are wanted; nil for all.
    private func team(_ exchange: Exchange) throws(APIError) -> TeamName? {
        guard let text = exchange.query.get("team") else { return exchange.caller.grant.team }
        guard let team = TeamName(text) else { throw .broker(.invalidName) }
        return team
    }

    private func number(
        _ name: String, _ exchange: Exchange, in range: ClosedRange<Int64>
    ) throws(APIError) -> Int64? {
        guard let text = exchange.query.get(name) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw .broker(.invalidRequest("after is a whole number from 0, limit one from 1 to 10000"))
        }
        return number
    }
}

extension HTTPField.Name {
    fileprivate static let link = HTTPField.Name("Link")!
}
