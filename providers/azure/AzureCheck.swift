import Broker
import Transport

/// Checks a store in Key Vault by using it: who the broker is, whether the vault belongs to its tenant, whether the
/// clocks agree, and whether a secret made for the purpose can go through every step.
struct AzureCheck: Sendable {
    private let driver: AzureKeyVault
    private let now: @Sendable () -> Timestamp
    private let findings: AzureFindings

    init(_ driver: AzureKeyVault, now: @escaping @Sendable () -> Timestamp) {
        self.driver = driver
        self.now = now
        findings = AzureFindings(driver.settings, authorities: driver.http.authorities)
    }

    func findings() async -> [Finding] {
        let vault = await vault()
        let clock = await Finding.clock(
            of: "Azure", at: driver.settings.vault.text + "/", limit: driver.source.clockLimit, driver.http, now: now)
        let signIn = await signIn()
        let before = [signIn, vault, clock].compactMap(\.self)
        // Without a token, or at somebody else's vault, every other step fails in the same way.
        guard signIn.severity != .failure, vault?.severity != .failure else { return before }
        let canary = await CanaryCheck(
            cloud: "Azure", provider: driver, namespace: driver.settings.namespace,
            pinOfAbsent: { _ in Pin(String(repeating: "0", count: 32)) },
            explain: { findings.finding($0, during: AzureOperation(rawValue: $0.operation) ?? AzureOperation($1)) }
        ).findings()
        let hold = await driver.deletion.hold.map { findings.finding($0) }
        return before + canary + [hold].compactMap(\.self)
    }

    private func signIn() async -> Finding {
        do {
            _ = try await driver.vault.client.signIns.value()
            let identity = driver.source.identity.map { ", as \($0)" } ?? ""
            return Finding(
                .good, code: "signed_in", message: "signed in to Entra by \(driver.source.name)\(identity)")
        } catch {
            return findings.finding(signInFailure: error)
        }
    }

    /// A finding about the vault's answer to a request without a token.
    private func vault() async -> Finding? {
        let call = HTTPCall(
            "GET", "\(driver.settings.vault.text)/secrets?api-version=\(AzureRequest.apiVersion)",
            deadline: .seconds(5))
        do throws(TransportError) {
            let answer = try await driver.http.send(call)
            guard answer.status == 401 else { return nil }
            return findings.finding(
                of: AzureChallenge(answer.header("www-authenticate")), tenant: driver.source.tenant)
        } catch {
            return findings.finding(ProviderError(error, during: "connect"), during: .getSecret)
        }
    }
}

extension AzureOperation {
    fileprivate init(_ step: CanaryCheck.Step) {
        switch step {
        case .create: self = .setSecret
        case .read: self = .getSecret
        case .purge: self = .deleteSecret
        }
    }
}
