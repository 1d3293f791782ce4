import Broker

/// A vault's answer to a request without a token that it accepts: where to sign in, and for what. It is only compared
/// with what is configured. No token is ever requested from, or sent to, a place that an answer names.
struct AzureChallenge: Sendable, Hashable {
    /// The resource that the token must be for.
    let resource: String?
    /// Entra's id of the vault's tenant.
    let tenant: String?

    /// Nil unless it is a challenge for bearer tokens: `Bearer authorization="https://…/TENANT", resource="https://…"`.
    init?(_ header: String?) {
        guard let header, header.utf8.count <= 4096, header.lowercased().hasPrefix("bearer ") else { return nil }
        var parameters: [Substring: Substring] = [:]
        for parameter in header.dropFirst("bearer ".count).split(separator: ",") {
            let parts = parameter.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            parameters[parts[0]] = parts[1].drop { $0 == "\"" }.prefix { $0 != "\"" }
        }
        resource = (parameters["resource"] ?? parameters["scope"]).map(String.init)
        tenant = parameters["authorization"]?.split(separator: "/").last.map(String.init)
            .flatMap { AzureTenant.isID($0) ? $0.lowercased() : nil }
    }

    /// Whether the vault accepts tokens of the kind that is requested for it. What asks for another kind is no vault of
    /// this cloud, whatever its name resolves to.
    func isOf(_ cloud: AzureCloud) -> Bool { resource == cloud.resource || resource == cloud.scope }
}

enum AzureTenant {
    /// Whether the text is 8-4-4-4-12 hexadecimal digits. A tenant can also be named by a domain.
    static func isID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.joined().allSatisfy { $0.hexDigit != nil }
    }
}
