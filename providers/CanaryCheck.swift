import Broker
import Cryptography
import Transport

/// Finds out about a store by using it: whether the clocks agree, and what a secret made for the purpose goes through.
/// Every step is taken even if one before it fails, so that all missing permissions are told at once; unless what failed
/// is none of the step's, which is told once.
struct CanaryCheck: Sendable {
    enum Step: String, Sendable, CaseIterable { case create, read, purge }

    /// The cloud's name as it is spelled in sentences: `AWS`.
    let cloud: String
    let provider: any Provider
    let namespace: String
    /// Makes a pin in the cloud's format for a reference that has no object, to find out whether reading is granted.
    let pinOfAbsent: @Sendable (Reference) -> Pin
    /// The call that makes the object, where a create goes on with others: what fails in one of those may leave it.
    var makingCall: String?
    /// Explains what the failure of a step means at this cloud, and what to do about it.
    let explain: @Sendable (ProviderError, Step) -> Finding

    private static let note = ObjectNote(team: TeamName("secret-broker")!, name: SecretName("check")!)
    /// An eventually consistent store may take a moment to show a new object.
    private static let readDelays = [0, 200, 500, 1000, 2000].map(Duration.milliseconds)

    func findings() async -> [Finding] {
        var random = SecureRandom()
        let canary = Reference(namespace: namespace, team: Self.note.team, name: Self.note.name, using: &random)
        let value = Secret(Hex.encode(random.bytes(32)))
        let created: Finding
        let pin: Pin?
        var mayBeThere = true
        do {
            pin = try await provider.create(value, at: canary, note: Self.note)
            created = Finding(.good, code: "can_create", message: "a secret can be created")
        } catch {
            pin = nil
            created = explain(error, .create)
            mayBeThere = error.mayHaveTakenEffect || (makingCall ?? error.operation) != error.operation
            if error.isOfEveryCall {
                let isGone = mayBeThere ? (try? await provider.purge(canary)) != nil : true
                return [isGone ? created : created.withCanaryLeft(canary)]
            }
        }
        let read = await read(canary, pin, value)
        return [created, read, await purge(canary, mayBeThere: mayBeThere)]
    }

    /// Where there is no canary, being told so is as good as reading it: without the permission the cloud does not tell.
    private func read(_ canary: Reference, _ pin: Pin?, _ value: Secret) async -> Finding {
        var last = ProviderError(.absent, during: Step.read.rawValue)
        for delay in Self.readDelays {
            do {
                try? await Task.sleep(for: delay)
                let found = try await provider.read(canary, at: pin ?? pinOfAbsent(canary))
                guard found.matches(value) else {
                    return explain(ProviderError(.corrupt, during: last.operation), .read)
                }
                return Finding(.good, code: "can_read", message: "a secret can be read and decrypted")
            } catch {
                last = error
            }
            guard last.kind == .absent else { break }
            if pin == nil { return Finding(.good, code: "may_read", message: "reading secrets is granted") }
        }
        return explain(last, .read)
    }

    private func purge(_ canary: Reference, mayBeThere: Bool) async -> Finding {
        do {
            switch try await provider.purge(canary) {
            case .gone: return Finding(.good, code: "can_purge", message: "a secret can be deleted at once")
            case .held(let end):
                return Finding(
                    .good, code: "can_purge",
                    message: "a secret can be deleted; \(cloud) holds it until \(end.rfc3339)")
            }
        } catch {
            let finding = explain(error, .purge)
            return mayBeThere ? finding.withCanaryLeft(canary) : finding
        }
    }
}

extension Finding {
    fileprivate func withCanaryLeft(_ canary: Reference) -> Finding {
        Finding(severity, code: code, message: "\(message); the secret \(canary) may be left: delete it")
    }

    /// Compares this machine's clock with the date of an answer to a request without a signature, which a cloud refuses
    /// whatever the clock says. Nil if there is no such answer.
    ///
    /// - Parameters:
    ///   - cloud: the cloud's name as it is spelled in sentences: `AWS`.
    ///   - limit: the difference from which the cloud refuses every sign-in; nil if it never does.
    static func clock(
        of cloud: String, at url: String, limit: Duration?, _ http: HTTPClient, now: @Sendable () -> Timestamp
    ) async -> Finding? {
        let start = now()
        let call = HTTPCall("GET", url, deadline: .seconds(5))
        guard let date = (try? await http.send(call))?.header("date").flatMap({ Timestamp(httpDate: $0) }) else {
            return nil
        }
        let middle = start.adding(now().since(start) / 2)
        return clock(of: cloud, offBy: middle.since(date), limit: limit)
    }

    static func clock(of cloud: String, offBy offset: Duration, limit: Duration?) -> Finding {
        let seconds = offset.components.seconds
        let difference = "the clock is \(abs(seconds)) s \(seconds > 0 ? "ahead of" : "behind") \(cloud)'s"
        let distance = Duration.seconds(abs(seconds))
        if distance < .seconds(30) {
            return Finding(.good, code: "clock", message: "the clock agrees with \(cloud)'s")
        }
        return switch limit {
        case nil: Finding(.warning, code: "clock_skew", message: "\(difference): synchronise it")
        case let limit? where distance < limit:
            Finding(
                .warning, code: "clock_skew",
                message: "\(difference): synchronise it; \(cloud) refuses \(limit.components.seconds) s")
        case _?:
            Finding(
                .failure, code: "clock_skew", message: "\(difference), which refuses every request: synchronise it")
        }
    }
}
