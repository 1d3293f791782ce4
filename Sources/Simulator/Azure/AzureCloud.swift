import Broker
import WireJSON

/// The simulated tenant: who may sign in, and one vault. Answers one call at a time.
actor AzureCloud {
    private static let apiVersions: Set = [
        "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01",
    ]

    private let settings: SimulatedAzureSettings
    private var entra: EntraTokens
    private var vault: KeyVault

    init(_ settings: SimulatedAzureSettings) {
        self.settings = settings
        entra = EntraTokens(settings)
        vault = KeyVault(settings)
    }

    /// - Parameter arrived: when the token must be valid. The effect is at the present time: the request may have been
    ///   held in between.
    func answer(_ operation: AzureOperation, to request: CloudRequest, arrived: Timestamp) -> CloudAnswer {
        switch operation {
        case .vault(let call):
            return answer(call, to: request, arrived: arrived)
        case .token(let tenant):
            let endpoint = "\(base(of: request))/\(tenant)/oauth2/v2.0/token"
            do throws(EntraFault) {
                let token = try entra.signIn(
                    ReceivedForm(request.body), tenant: tenant, endpoint: endpoint, at: settings.clock())
                return .token(token, lifetime: settings.tokenLifetime)
            } catch {
                return .entra(error)
            }
        case .openIDConfiguration(let tenant):
            return openIDConfiguration(tenant, at: base(of: request))
        case .managedIdentityToken:
            return managedIdentityToken(request)
        }
    }

    private func answer(_ call: VaultCall, to request: CloudRequest, arrived: Timestamp) -> CloudAnswer {
        let words = (request.header("authorization") ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            return challenge(request, "AKV10000: Request is missing a Bearer or PoP token.")
        }
        guard let token = entra.token(String(words[1])) else {
            return challenge(request, "AKV10022: Invalid token.")
        }
        guard token.audience == settings.resource else {
            return challenge(request, "AKV10022: Invalid audience.")
        }
        guard token.expires > arrived else { return challenge(request, "AKV10001: Token is expired.") }
        do throws(AzureFault) {
            let query = ReceivedForm(query: request.target)
            guard let version = query.text("api-version"), Self.apiVersions.contains(version) else {
                throw .badParameter("The api-version query parameter is missing or invalid.")
            }
            let permission = call.operation.permission
            guard token.identity.permissions?.contains(permission) ?? true else {
                throw .denied(token.identity.clientID, permission)
            }
            let context = VaultContext(base: base(of: request), query: query, now: settings.clock())
            return try vault.perform(call, request.body, context)
        } catch {
            return .vault(error)
        }
    }

    private func challenge(_ request: CloudRequest, _ message: String) -> CloudAnswer {
        .challenge(
            authority: base(of: request), tenant: settings.tenant, resource: settings.resource, message: message)
    }

    private func managedIdentityToken(_ request: CloudRequest) -> CloudAnswer {
        let query = ReceivedForm(query: request.target)
        // Whoever can only make the machine send a GET cannot set the header; whoever forwards one is not the machine.
        guard request.header("metadata")?.lowercased() == "true", request.header("x-forwarded-for") == nil,
            query.text("api-version") == "2018-02-01", let resource = query.text("resource")
        else {
            return CloudAnswer(status: 400, contentType: "application/json", text: "{\"error\":\"invalid_request\"}")
        }
        guard let identity = settings.machineIdentity,
            query.text("client_id").map({ $0 == identity.clientID }) ?? true
        else {
            return CloudAnswer(
                status: 400, contentType: "application/json",
                text: "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}")
        }
        let token = entra.issue(to: identity, audience: resource, at: settings.clock())
        return .managedIdentityToken(token, lifetime: settings.tokenLifetime, clientID: identity.clientID)
    }

    /// The configuration that Azure's clients ask for before they sign in.
    private func openIDConfiguration(_ tenant: String, at base: String) -> CloudAnswer {
        let json = JSONObject()
        json.set("issuer", "\(base)/\(tenant)/v2.0")
        json.set("authorization_endpoint", "\(base)/\(tenant)/oauth2/v2.0/authorize")
        json.set("token_endpoint", "\(base)/\(tenant)/oauth2/v2.0/token")
        return CloudAnswer(status: 200, contentType: "application/json", json: json)
    }

    private func base(of request: CloudRequest) -> String {
        "\(settings.authority == nil ? "http" : "https")://\(request.authority ?? "")"
    }
}

// What tests and `dev` do to the tenant, bypassing its interfaces.
extension AzureCloud {
    func register(_ identity: AzureIdentity) { entra.register(identity) }
    func revokeTokens() { entra.revokeAll() }
    func store(_ value: Secret, as name: String) -> String { vault.store(value, as: name, at: settings.clock()) }
    func remove(_ name: String) { vault.remove(name, at: settings.clock()) }
    func setEnabled(_ isEnabled: Bool, _ name: String) { vault.setEnabled(isEnabled, name) }

    func objects() -> [String: AzureSimulator.StoredObject] { vault.objects(at: settings.clock()) }
    func holds(_ value: Secret) -> Bool { vault.holds(value, at: settings.clock()) }
}

extension ReceivedForm {
    /// Reads the query of a request line.
    init(query target: String) {
        let query = target.drop { $0 != "?" }.dropFirst()
        self.init(Secret(String(query)))
    }
}
