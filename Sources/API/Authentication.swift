import Broker
import HTTPTypes

extension Services {
    /// Finds out who is asking from the catalog as it is now: a revoked token fails at the next request.
    ///
    /// - Parameter byMemory: whether to use what was read before, if it was. Only for what is recorded before it has an
    ///   effect: a revoked token then gets no record.
    /// - Throws: `unauthenticated`, `auditUnavailable`.
    func authenticate(
        _ headers: HTTPFields, address: String?, requestID: String, byMemory: Bool
    ) async throws(BrokerError) -> Caller {
        let fields = headers[values: .authorization]
        guard fields.count == 1, let field = fields.first,
            let space = field.utf8.firstIndex(of: UInt8(ascii: " ")), field[..<space].lowercased() == "bearer",
            let hash = TokenText.hash(of: field[field.index(after: space)...])
        else { throw .unauthenticated }
        if byMemory, let (token, state) = tokens.remembered(hash) {
            return Caller(token, address: address, requestID: requestID, basis: .remembered(state))
        }
        return try await authenticate(hash, address: address, requestID: requestID)
    }

    /// - Throws: `unauthenticated`, `auditUnavailable`.
    func authenticate(_ hash: TokenHash, address: String?, requestID: String) async throws(BrokerError) -> Caller {
        let epoch = tokens.epoch
        let found: Token?
        do throws(CatalogError) {
            found = try await tokens.token(hashed: hash)
        } catch {
            throw .auditUnavailable
        }
        guard let token = found else { throw .unauthenticated }
        return Caller(token, address: address, requestID: requestID, basis: .asked(epoch: epoch))
    }
}

extension Caller {
    fileprivate init(_ token: Token, address: String?, requestID: String, basis: Basis) {
        let actor = Principal(tokenID: token.id, name: token.name, address: address, requestID: requestID, basis: basis)
        self.init(actor: actor, grant: token.grant, expires: token.expires)
    }
}
