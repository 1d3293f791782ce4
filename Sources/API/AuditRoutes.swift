import Broker
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/audit`: the log in pages, as NDJSON.
struct AuditRoutes {
    static let maximumPage = 10_000

    let services: Services

    func read(_ exchange: Exchange) async throws(APIError) -> Response {
        var team = exchange.caller.scope.team
        if let text = exchange.query.get("team") {
            guard let name = TeamName(text) else { throw .broker(.invalidName) }
            team = name
        }
        let wanted = team
        try await services.ask { () throws(BrokerError) in try exchange.caller.require(.readAudit(wanted)) }
        let after = try number("after", exchange, in: 0...Int64.max) ?? 0
        let limit = try number("limit", exchange, in: 1...Int64(Self.maximumPage)) ?? 1000
        let lines = try await services.read { () async throws(CatalogError) in
            try await services.auditReader.auditRecords(team: wanted, after: after, limit: Int(limit))
        }
        var buffer = ByteBuffer()
        for line in lines {
            buffer.writeString(line.json)
            buffer.writeString("\n")
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: buffer))
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
