import Broker
import Simulator
import Testing

@testable import Providers

@Suite("In a simulated Google project, the driver", .timeLimit(.minutes(1)))
struct GoogleAccountTests {
    private static let places = ["", "location=europe-west4", "replicas=europe-west4,us-east1"]

    @Test("creates with two calls, reads and purges with one each, and leaves nothing", arguments: places)
    func lifeOfASecret(_ query: String) async throws {
        try await GoogleWorld.with(query) { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(pin == Pin("1"))
            let object = await world.simulator.objects()[reference.text]
            #expect(object?.annotations == ["secret-broker-team": "research", "secret-broker-secret": "API_KEY"])
            #expect(object?.name.contains("/locations/europe-west4/") == query.hasPrefix("location"))
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(
                await world.simulator.calls() == [
                    "CreateSecret": 1, "AddSecretVersion": 1, "AccessSecretVersion": 1, "DeleteSecret": 1,
                ])
            #expect(await world.readFailure(reference, at: "1") == .absent)
            #expect(await world.simulator.objects().isEmpty)
            #expect(try await world.driver.purge(reference) == .gone)
        }
    }

    @Test("answers a repeated create with the same pin, and another value with a conflict that changes nothing")
    func repeatedCreate() async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(try await world.create("value", at: reference) == pin)
            #expect(await world.createFailure("other", at: reference) == .conflict)
            #expect(await world.createFailure("valu3", at: reference) == .conflict)
            #expect(await world.simulator.objects()[reference.text]?.versions == 1)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }

    #if FaultInjection
    @Test("finishes a create that ended between its two calls, and never takes a secret without a version for created")
    func halfACreate() async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            await world.simulator.faults.order(Fault(operation: "AddSecretVersion", effect: .accessDenied))
            #expect(await world.createFailure("value", at: reference) == .denied)
            #expect(await world.simulator.objects()[reference.text]?.versions == 0)
            #expect(await world.readFailure(reference, at: "1") == .absent)
            let pin = try await world.create("value", at: reference)
            #expect(await world.simulator.objects()[reference.text]?.versions == 1)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }
    #endif

    @Test("carries every size and byte that Google takes, and refuses what it does not")
    func values() async throws {
        try await GoogleWorld.with { world in
            let largest = String(repeating: "\u{1}", count: GoogleSecretManager.maximumValueSize)
            for value in ["x", "\u{0}", "\"\\\r\n\t\u{7F}\u{2028}\u{1F511}", "${NAME}", largest] {
                let reference = world.newReference()
                let pin = try await world.create(value, at: reference)
                #expect(try await world.driver.read(reference, at: pin).matches(Secret(value)))
            }
            #expect(await world.createFailure(largest + "x", at: world.newReference()) == .rejected)
            #expect(await world.createFailure("", at: world.newReference()) == .rejected)
        }
    }

    @Test("carries bytes that are no text")
    func bytes() async throws {
        try await GoogleWorld.with { world in
            for bytes in [[0xFF], [0x00, 0xFF, 0xFE], Array(0...255)] as [[UInt8]] {
                let value = unsafe Secret(copying: bytes.span.bytes)
                let reference = world.newReference()
                let pin = try await world.driver.create(value, at: reference, note: world.note)
                #expect(try await world.driver.read(reference, at: pin).matches(value))
            }
        }
    }

    @Test("reads the pinned version after somebody added another one, and never that one")
    func drift() async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            let other = await world.simulator.store(Secret("theirs"), as: reference.text)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            #expect(other != pin.text)
        }
    }

    @Test("tells an absent secret, an absent version, a disabled and a destroyed one apart, and follows no alias")
    func absence() async throws {
        try await GoogleWorld.with { world in
            let reference = world.newReference()
            #expect(await world.readFailure(reference, at: "1") == .absent)
            let pin = try await world.create("value", at: reference)
            for other in ["2", "0", "01", "-1", "latest", "", "1:access", "99999999999999999999"] {
                #expect(await world.readFailure(reference, at: other) == .absent)
            }
            #expect(await world.calls("AccessSecretVersion") == 2)
            await world.simulator.disable(reference.text, version: pin.text)
            #expect(await world.readFailure(reference, at: pin.text) == .disabled)
            await world.simulator.destroy(reference.text, version: pin.text)
            #expect(await world.readFailure(reference, at: pin.text) == .disabled)
            #expect(await world.createFailure("value", at: reference) == .disabled)
            await world.simulator.remove(reference.text)
            #expect(await world.readFailure(reference, at: pin.text) == .absent)
        }
    }

    @Test("creates although Google does not see the new secret for a moment, and gives up if it never does")
    func eventualConsistency() async throws {
        try await GoogleWorld.with { world in
            await world.simulator.setConsistency(.afterReads(1))
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
            await world.simulator.setConsistency(.after(.seconds(60)))
            #expect(await world.createFailure("value", at: world.newReference()) == .busy)
        }
    }

    @Test("knows a missing permission from all else, for each call")
    func denied() async throws {
        try await GoogleWorld.with(signIn: .keyFor([])) { world in
            let reference = world.newReference()
            #expect(await world.createFailure("value", at: reference) == .denied)
            #expect(await world.readFailure(reference, at: "1") == .denied)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.purge(reference) } == .denied)
            #expect(await world.simulator.calls().values.reduce(0, +) == 3)
        }
    }

    private static let key = "projects/acme-project/locations/europe-west4/keyRings/broker/cryptoKeys/values"
    private static let second = "projects/acme-project/locations/us-east1/keyRings/broker/cryptoKeys/values"
    private static let global = "projects/acme-project/locations/global/keyRings/broker/cryptoKeys/values"

    @Test(
        "knows a key that may not be used from one that is off, to write and to read",
        arguments: [
            (KMSKeyState.accessDenied, ProviderError.Kind.keyDenied), (.disabled, .keyDisabled),
            (.pendingDeletion, .keyDisabled),
        ])
    func keys(_ state: KMSKeyState, kind: ProviderError.Kind) async throws {
        let query = "location=europe-west4&kms_key=\(Self.key)"
        try await GoogleWorld.with(query, { $0.keys = [Self.key: .enabled] }) { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(await world.simulator.objects()[reference.text]?.keys == [Self.key])
            await world.simulator.setKey(Self.key, to: state)
            #expect(await world.readFailure(reference, at: pin.text) == kind)
            #expect(await world.createFailure("value", at: world.newReference()) == kind)
            #expect(try await world.driver.purge(reference) == .gone)
        }
    }

    @Test(
        "puts each key where Google looks for it",
        arguments: [
            ("kms_key=\(global)", [global]), ("location=europe-west4&kms_key=\(key)", [key]),
            ("replicas=us-east1,europe-west4&kms_key=\(key),\(second)", [second, key]),
        ] as [(String, [String])])
    func keyPlaces(_ query: String, expected: [String]) async throws {
        let states = [Self.global, Self.key, Self.second].map { ($0, KMSKeyState.enabled) }
        try await GoogleWorld.with(query, { $0.keys = Dictionary(uniqueKeysWithValues: states) }) { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(await world.simulator.objects()[reference.text]?.keys == expected)
            #expect(try await world.driver.read(reference, at: pin).matches(Secret("value")))
        }
    }

    @Test(
        "is not signed in with a clock that Google does not believe",
        arguments: [Duration.seconds(4000), .seconds(-7300)])
    func clockSkew(_ offset: Duration) async throws {
        try await GoogleWorld.with(clockOffset: offset) { world in
            #expect(await world.createFailure("value", at: world.newReference()) == .unauthenticated)
            let findings = await world.driver.check()
            #expect(findings.map(\.code) == ["not_signed_in", "clock_skew"])
            #expect(findings.allSatisfy { $0.severity == .failure })
        }
    }

    @Test("makes many calls at once")
    func concurrency() async throws {
        try await GoogleWorld.with { world in
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
