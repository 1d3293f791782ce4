import Broker
import Cryptography
import Transport

/// Finds out about a store at AWS by using it: who the broker is there, whether the clocks agree, and what a secret
/// made for the purpose goes through. Every step is taken even if one before it fails, so that all missing grants are told
/// at once.
struct AWSCheck: Sendable {
    private let driver: AWSSecretsManager
    private let now: @Sendable () -> Timestamp
    private let canary: Reference
    private let value: Secret

    private static let note = ObjectNote(team: TeamName("secret-broker")!, name: SecretName("check")!)
    /// AWS is eventually consistent: a new secret may take a moment to be found.
    private static let readDelays = [0, 200, 500, 1000, 2000].map(Duration.milliseconds)

    init(_ driver: AWSSecretsManager, now: @escaping @Sendable () -> Timestamp) {
        var random = SecureRandom()
        self.driver = driver
        self.now = now
        canary = Reference(
            namespace: driver.settings.namespace, team: Self.note.team, name: Self.note.name, using: &random)
        value = Secret(Hex.encode(random.bytes(32)))
    }

    func findings() async -> [Finding] {
        let clock = await clockFinding()
        let identity: GetCallerIdentityAnswer?
        do {
            identity = try await callerIdentity()
        } catch {
            let finding = AWSFindings(driver.settings, account: nil).finding(error, during: .getCallerIdentity)
            guard error.kind != .unauthenticated else { return [finding, clock].compactMap(\.self) }
            return [finding, clock].compactMap(\.self) + (await canaryFindings(account: nil))
        }
        let arn = identity?.arn ?? "somebody whom AWS does not name"
        let signedIn = Finding(.good, code: "signed_in", message: "Signed in to AWS as \(arn).")
        return [signedIn, clock].compactMap(\.self) + (await canaryFindings(account: identity?.account))
    }

    private func callerIdentity() async throws(ProviderError) -> GetCallerIdentityAnswer? {
        GetCallerIdentityAnswer(
            try await driver.securityTokens.call(.getCallerIdentity, GetCallerIdentityAnswer.requestBody))
    }

    private func canaryFindings(account: String?) async -> [Finding] {
        let findings = AWSFindings(driver.settings, account: account)
        let pin: Pin?
        let created: Finding
        do {
            pin = try await driver.create(value, at: canary, note: Self.note)
            created = Finding(.good, code: "can_create", message: "A secret can be created.")
        } catch {
            pin = nil
            created = findings.finding(error, during: .createSecret)
        }
        let read = await readFinding(pin, findings)
        return [created, read, await purgeFinding(findings)]
    }

    /// Where there is no canary, being told so is as good as reading it: without the grant AWS does not tell.
    private func readFinding(_ pin: Pin?, _ findings: AWSFindings) async -> Finding {
        let canRead = Finding(.good, code: "can_read", message: "A secret can be read and decrypted.")
        var last = ProviderError(.absent, during: AWSOperation.getSecretValue.rawValue)
        for delay in Self.readDelays {
            do {
                try? await Task.sleep(for: delay)
                let found = try await driver.read(canary, at: pin ?? Pin(ClientRequestToken(for: canary).text))
                return found.matches(value)
                    ? canRead
                    : findings.finding(ProviderError(.corrupt, during: last.operation), during: .getSecretValue)
            } catch {
                last = error
            }
            guard last.kind == .absent else { break }
            if pin == nil { return Finding(.good, code: "may_read", message: "Reading secrets is granted.") }
        }
        return findings.finding(last, during: .getSecretValue)
    }

    private func purgeFinding(_ findings: AWSFindings) async -> Finding {
        do {
            switch try await driver.purge(canary) {
            case .gone: return Finding(.good, code: "can_purge", message: "A secret can be deleted at once.")
            case .held(let end):
                return Finding(
                    .good, code: "can_purge", message: "A secret can be deleted; AWS holds it until \(end.rfc3339).")
            }
        } catch {
            return findings.finding(error, during: .deleteSecret, leaving: canary)
        }
    }

    /// From the date of an answer to a request without a signature, which AWS refuses whatever the clock says. Nil if
    /// there is none.
    private func clockFinding() async -> Finding? {
        let start = now()
        let call = HTTPCall("POST", driver.settings.secretsManager.base + "/", deadline: .seconds(5))
        guard let date = (try? await driver.http.send(call))?.header("date").flatMap({ Timestamp(httpDate: $0) }) else {
            return nil
        }
        return AWSFindings.clock(offBy: start.adding(now().since(start) / 2).since(date))
    }
}
