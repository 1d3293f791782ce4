import Broker
import Simulator
import Testing

@testable import Providers

@Suite("In a simulated key vault, the driver", .timeLimit(.minutes(1)))
struct AzureAccountTests {
    private func isSame(_ world: AzureWorld, _ reference: Reference, _ pin: Pin, _ value: String) async throws -> Bool {
        try await world.driver.read(reference, at: pin).matches(Secret(value))
    }

    @Test("creates, reads and purges, and leaves nothing, not even softly deleted")
    func lifeOfASecret() async throws {
        try await AzureWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            #expect(
                await world.simulator.objects()[reference.text]?.tags
                    == ["managed-by": "secret-broker", "team": "research", "secret": "API_KEY"])
            #expect(try await isSame(world, reference, pin, "value"))
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.read(reference, at: pin) == .absent)
            #expect(await world.simulator.objects().isEmpty)
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(try await world.driver.purge(world.newReference()) == .gone)
        }
    }

    @Test("makes of a repeated create another version, and what an earlier pin reads stays as it is")
    func repeatedCreate() async throws {
        try await AzureWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            let same = try await world.create("value", at: reference)
            let other = try await world.create("other", at: reference)
            #expect(Set([pin, same, other]).count == 3)
            #expect(try await isSame(world, reference, pin, "value"))
            #expect(try await isSame(world, reference, same, "value"))
            #expect(try await isSame(world, reference, other, "other"))
            #expect(try await world.driver.purge(reference) == .gone)
            for pin in [pin, same, other] { #expect(await world.read(reference, at: pin) == .absent) }
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test("carries every size and character that a vault takes, and refuses what it does not")
    func values() async throws {
        try await AzureWorld.with { world in
            let largest = String(repeating: "\u{1}", count: AzureKeyVault.maximumValueSize)
            for value in ["x", "\u{0}", "\"\\\r\n\t\u{7F}\u{2028}\u{1F511}", "${NAME}", largest] {
                let reference = world.newReference()
                let pin = try await world.create(value, at: reference)
                #expect(try await isSame(world, reference, pin, value))
            }
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create(largest + "x", at: reference) }
                    == .rejected)
            #expect(await world.simulator.objects()[reference.text] == nil)
        }
    }

    @Test("refuses a value that is no text, and calls nobody")
    func binary() async throws {
        try await AzureWorld.with { world in
            let bytes: [UInt8] = [0xFF, 0xFE]
            let value = unsafe Secret(copying: bytes.span.bytes)
            let reference = world.newReference()
            let kind = await world.failure { driver throws(ProviderError) in
                try await driver.create(value, at: reference, note: world.note)
            }
            #expect(kind == .rejected)
            #expect(await world.simulator.calls().isEmpty)
        }
    }

    @Test("reads the pinned version after somebody wrote another one, and never that one")
    func drift() async throws {
        try await AzureWorld.with { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            await world.simulator.replace(reference.text, with: Secret("theirs"))
            #expect(try await isSame(world, reference, pin, "value"))
        }
    }

    @Test("tells an absent secret, an absent version, a deleted and a disabled one apart")
    func absence() async throws {
        try await AzureWorld.with { world in
            let reference = world.newReference()
            let unknown = Pin(String(repeating: "a", count: 32))
            #expect(await world.read(reference, at: unknown) == .absent)
            let pin = try await world.create("value", at: reference)
            #expect(await world.read(reference, at: unknown) == .absent)
            await world.simulator.setEnabled(false, reference.text)
            #expect(await world.read(reference, at: pin) == .disabled)
            await world.simulator.setEnabled(true, reference.text)
            #expect(await world.read(reference, at: pin) == nil)
            await world.simulator.remove(reference.text)
            #expect(await world.read(reference, at: pin) == .absent)
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test(
        "knows without a call that there is no version of another shape, nor a latest one",
        arguments: [
            "", "latest", "versions", "../x", String(repeating: "A", count: 32), String(repeating: "a", count: 31),
        ])
    func pinShape(_ pin: String) async throws {
        try await AzureWorld.with { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            #expect(await world.read(reference, at: Pin(pin)) == .absent)
            #expect(await world.calls("GetSecret") == 0)
        }
    }

    @Test("purges under purge protection until the vault's own date, the same one when asked again")
    func purgeProtection() async throws {
        try await AzureWorld.with({
            $0.hasPurgeProtection = true
            $0.retentionDays = 7
        }) { world in
            let reference = world.newReference()
            let pin = try await world.create("value", at: reference)
            let first = try await world.driver.purge(reference)
            let date = try #require(await world.simulator.objects()[reference.text]?.scheduledPurge)
            #expect(first == .held(until: Timestamp(milliseconds: date.milliseconds / 1000 * 1000)))
            #expect(await world.calls("PurgeDeletedSecret") == 0)
            #expect(try await world.driver.purge(reference) == first)
            #expect(await world.read(reference, at: pin) == .absent)
            #expect(await world.simulator.objectNames().isEmpty)
            #expect(await world.driver.deletion.hold == .purgeProtection)
            #expect(try await world.driver.purge(world.newReference()) == .gone)
        }
    }

    @Test("cannot create where a secret was deleted softly, whose value thus never comes back by itself")
    func lateCreate() async throws {
        try await AzureWorld.with({ $0.hasPurgeProtection = true }) { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            _ = try await world.driver.purge(reference)
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .conflict)
        }
    }

    @Test("purges without the permission until the vault's date, and does not go on trying")
    func purgeNotGranted() async throws {
        try await AzureWorld.with(permissions: ["get", "set", "delete"]) { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            let first = try await world.driver.purge(reference)
            guard case .held = first else {
                Issue.record("not held")
                return
            }
            #expect(await world.calls("PurgeDeletedSecret") == 1)
            #expect(await world.driver.deletion.hold == .missingPermission)
            // Once the vault is done with it, which takes a moment.
            #expect(try await world.driver.purge(reference) == first)
            #expect(try await world.driver.purge(world.newReference()) == .gone)
        }
    }

    @Test("without permission to look either, takes what is not in force for gone, and purges what arrives late")
    func purgeUnknown() async throws {
        try await AzureWorld.with(permissions: ["set", "delete"]) { world in
            let reference = world.newReference()
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.driver.deletion.hold == .missingPermission)
            _ = try await world.create("value", at: reference)
            guard case .held = try await world.driver.purge(reference) else {
                Issue.record("not held")
                return
            }
            #expect(await world.simulator.objectNames().isEmpty)
        }
    }

    @Test("waits while the vault is busy with the object, within bounds")
    func busy() async throws {
        try await AzureWorld.with({ $0.busyTime = .seconds(1) }) { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            #expect(try await world.driver.purge(reference) == .gone)
            #expect(await world.simulator.objects().isEmpty)
        }
        try await AzureWorld.with({ $0.busyTime = .seconds(60) }) { world in
            let reference = world.newReference()
            _ = try await world.create("value", at: reference)
            let start = ContinuousClock.now
            let kind = await world.failure { driver throws(ProviderError) in try await driver.purge(reference) }
            #expect(kind == .busy)
            #expect(.now - start < AzureDeletion.patience + .seconds(10))
        }
    }

    @Test("knows a missing permission from all else, for each call")
    func denied() async throws {
        try await AzureWorld.with(permissions: []) { world in
            let reference = world.newReference()
            #expect(
                await world.failure { _ throws(ProviderError) in try await world.create("value", at: reference) }
                    == .denied)
            #expect(await world.read(reference, at: Pin(String(repeating: "0", count: 32))) == .denied)
            #expect(
                await world.failure { driver throws(ProviderError) in try await driver.purge(reference) } == .denied)
            #expect(await world.calls("SetSecret") == 1)
        }
    }

    @Test("signs in once for many calls at once")
    func concurrency() async throws {
        try await AzureWorld.with { world in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...60 {
                    group.addTask {
                        let reference = world.newReference()
                        let pin = try await world.create("value \(number)", at: reference)
                        return try await isSame(world, reference, pin, "value \(number)")
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
            #expect(await world.simulator.objects().count == 60)
            #expect(await world.calls("Token") == 1)
        }
    }
}
