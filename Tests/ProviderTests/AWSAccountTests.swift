import Broker
import Simulator
import Testing

@testable import Providers

@Suite("In a simulated AWS account, the driver", .timeLimit(.minutes(1)))
struct AWSAccountTests {
    @Test("creates, reads and purges, and leaves nothing")
    func lifeOfASecret() async throws {
        try await AWSWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(
                await world.simulator.objects()[reference.text]?.description
                    == "SecretBroker: team research, secret API_KEY")
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
                    == .absent)
            #expect(await world.simulator.objects().isEmpty)
            #expect(try await world.driver.purge(reference) == .gone)
        }
    }

    @Test("answers a repeated create with the same pin, and another value with a conflict that changes nothing")
    func repeatedCreate() async throws {
        try await AWSWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(try await world.create("value", at: reference) == pin)
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("other", at: reference) }
                    == .conflict)
            #expect(await world.simulator.objects()[reference.text]?.versions == 1)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }

    @Test("carries every size and byte that AWS takes, and refuses what it does not")
    func values() async throws {
        try await AWSWorld.with { world in
            let largest = String(repeating: "\u{1}", count: AWSSecretsManager.maximumValueSize)
            for value in ["x", "\u{0}", "\"\\\r\n\t\u{7F}\u{2028}\u{1F511}", "${NAME}", largest] {
                let reference = world.newReference()
                let pin = try await world.create(value, at: reference)
                #expect(try await world.driver.read(reference, at: pin).matches(Secret(value)))
            }
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create(largest + "x", at: reference) }
                    == .rejected)
            #expect(await world.simulator.objects()[reference.text] == nil)
        }
    }

    @Test("reads the pinned version after somebody wrote another one, and never that one")
    func drift() async throws {
        try await AWSWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            let other = await world.simulator.store(Secret("theirs"), as: reference.text)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(other != pin.text)
        }
    }

    @Test("tells an absent secret, an absent version, a removed and a scheduled one apart from each other")
    func absence() async throws {
        try await AWSWorld.with { world in
            let reference = world.newReference()
            func read(_ pin: Pin) async -> ProviderError.Kind? {
                await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
            }
            #expect(await read(Pin(String(repeating: "a", count: 32))) == .absent)
            let pin = try await world.create("value", at: reference)
            #expect(await read(Pin(String(repeating: "a", count: 32))) == .absent)
            #expect(await read(Pin("latest")) == .absent)
            #expect(await read(Pin("AWSCURRENT")) == .absent)
            await world.simulator.remove(reference.text, recoveryDays: 7)
            #expect(await read(pin) == .disabled)
            await world.simulator.remove(reference.text)
            #expect(await read(pin) == .absent)
        }
    }

    @Test("does not find a new secret until AWS does, and says so")
    func eventualConsistency() async throws {
        try await AWSWorld.with(consistency: .afterReads(2)) { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            for _ in 1...2 {
                #expect(
                    await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
                        == .absent)
            }
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }

    @Test("purges with a recovery window until a date, the same one when asked again, and without one in spite of it")
    func recoveryWindow() async throws {
        try await AWSWorld.with("recovery_days=30") { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            let first = try await world.driver.purge(reference)
            let ordered = await world.simulator.objects()[reference.text]?.deletion
            guard case .held(let end) = first, case .held(let again) = try await world.driver.purge(reference) else {
                Issue.record("not held")
                return
            }
            let distance = try end.since(#require(ordered))
            #expect(distance > .seconds(-1) && distance < .seconds(1))
            // Read off the driver's own clock: never before the true end.
            #expect(again.since(end) >= .zero && again.since(end) < .seconds(5))
        }
    }

    @Test("cannot create where a secret is scheduled for deletion")
    func scheduled() async throws {
        try await AWSWorld.with("recovery_days=7") { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            _ = try await world.driver.purge(reference)
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .rejected)
        }
    }

    @Test("reads nothing of a secret that was deleted and made anew with the same name and version id")
    func madeAnew() async throws {
        try await AWSWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await world.simulator.remove(reference.text)
            let other = try await world.create("another", at: reference)
            #expect(pin != other)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
                    == .absent)
            #expect(try await world.driver.read(reference, at: other).matches(Secret("another")))
            // As pins were before they told the two apart.
            let former = Pin(ClientRequestToken(for: reference).text)
            #expect(try await world.driver.read(reference, at: former).matches(Secret("another")))
        }
    }

    @Test("knows a missing permission from all else, for each call")
    func denied() async throws {
        try await AWSWorld.with(signIn: .keysFor([])) { world in
            let reference = world.newReference()
            let pin = Pin(ClientRequestToken(for: reference).text)
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .denied)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
                    == .denied)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.purge(reference) } == .denied)
            #expect(await world.calls("CreateSecret") == 1)
        }
    }

    @Test(
        "knows a key that may not be used from one that is off, to write and to read",
        arguments: [
            (KMSKeyState.accessDenied, ProviderError.Kind.keyDenied), (.disabled, .keyDisabled),
            (.pendingDeletion, .keyDisabled),
        ])
    func keys(_ state: KMSKeyState, kind: ProviderError.Kind) async throws {
        try await AWSWorld.with("kms_key_id=alias/own", keys: ["alias/own": .enabled]) { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await world.simulator.setKey("alias/own", to: state)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.read(reference, at: pin) }
                    == kind)
            let second = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: second) } == kind)
            #expect(try await world.driver.purge(reference) == .gone)
        }
    }

    @Test(
        "is not signed in with a clock that AWS does not believe", arguments: [Duration.seconds(1200), .seconds(-1200)])
    func clockSkew(_ offset: Duration) async throws {
        try await AWSWorld.with(clockOffset: offset) { world in
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .unauthenticated)
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["not_signed_in", "clock_skew"])
            #expect(findings.allSatisfy { $0.severity == .failure })
        }
    }

    @Test("makes many calls at once")
    func concurrency() async throws {
        try await AWSWorld.with { world in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...60 {
                    group.addTask {
                        let reference = world.newReference()
                        let pin = try await world.create("value \(number)", at: reference)
                        return try await world.driver.read(reference, at: pin).matches(Secret("value \(number)"))
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
            #expect(await world.simulator.objects().count == 60)
        }
    }
}
