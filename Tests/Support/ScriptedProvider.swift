package import Broker
import Testing

/// A provider in memory whose calls a test can hold and make fail, for tests of time and order. That drivers and clouds
/// agree is proven against the simulator and the clouds' own clients.
package actor ScriptedProvider: Provider {
    package enum Call: String, Sendable { case create, read, purge }

    private var objects: [Reference: (pin: Pin, value: Secret)] = [:]
    private var failures: [Call: [ProviderError.Kind]] = [:]
    private var standing: [Call: ProviderError.Kind] = [:]
    private var gate: [CheckedContinuation<Void, Never>] = []
    private var isHolding = false
    private var corruptsNextCreate = false
    private var waiting = 0
    package private(set) var calls: [Call: Int] = [:]

    package init() {}

    package func put(_ text: String, at reference: Reference, pin: Pin) {
        objects[reference] = (pin, Secret(text: text))
    }

    package func put(binary bytes: [UInt8], at reference: Reference, pin: Pin) {
        objects[reference] = (pin, unsafe Secret(copying: bytes.span.bytes))
    }

    package func remove(_ reference: Reference) { objects[reference] = nil }
    package var references: Set<Reference> { Set(objects.keys) }

    /// Makes the next calls of this kind fail in this way, in order.
    package func fail(_ call: Call, _ kinds: ProviderError.Kind...) { failures[call, default: []] += kinds }

    /// Makes every call of this kind fail in this way, until it is set to nil.
    package func failAlways(_ call: Call, _ kind: ProviderError.Kind?) { standing[call] = kind }

    /// Makes the next object with a value other than the given one.
    package func corruptNextCreate() { corruptsNextCreate = true }

    /// Makes calls wait for `release` from now on.
    package func hold() { isHolding = true }

    package func release() {
        isHolding = false
        for continuation in gate { continuation.resume() }
        gate = []
    }

    /// Returns once as many calls wait.
    package nonisolated func waitUntilHeld(_ count: Int) async throws {
        try await eventually("\(count) calls are held") { await waiting >= count }
    }

    package func create(
        _ value: Secret, at reference: Reference, note: ObjectNote
    ) async throws(ProviderError) -> Pin {
        try await enter(.create)
        let pin = Pin("pin-\(reference.id)")
        objects[reference] = (pin, corruptsNextCreate ? Secret(text: "another") : value)
        corruptsNextCreate = false
        return pin
    }

    package func read(_ reference: Reference, at pin: Pin) async throws(ProviderError) -> Secret {
        try await enter(.read)
        guard let object = objects[reference], object.pin == pin else { throw ProviderError(.absent, during: "read") }
        return object.value
    }

    package func purge(_ reference: Reference) async throws(ProviderError) -> Purge {
        try await enter(.purge)
        objects[reference] = nil
        return .gone
    }

    package func check() async -> [Finding] { [] }

    private func enter(_ call: Call) async throws(ProviderError) {
        calls[call, default: 0] += 1
        if isHolding {
            waiting += 1
            await withCheckedContinuation { gate.append($0) }
            waiting -= 1
        }
        if let kind = standing[call] { throw ProviderError(kind, during: call.rawValue) }
        if let kind = failures[call]?.first {
            failures[call]?.removeFirst()
            throw ProviderError(kind, during: call.rawValue)
        }
    }
}

extension SecretStore {
    /// Makes a store of a test's own.
    package static func scripted(
        _ provider: any Provider, named name: StoreName = .default, maximumValueSize: Int = 65_536
    ) -> SecretStore {
        SecretStore(
            name: name, kind: "scripted", identity: "memory", namespace: "test", maximumValueSize: maximumValueSize,
            key: "none", signIn: "nothing", warnings: [], rates: [:], provider: provider,
            now: { Timestamp(milliseconds: 0) })
    }
}

extension Version {
    /// Makes a version that no catalog has seen.
    package static func sample(_ id: String, committed: Int64 = 0) -> Version {
        Version(
            store: .default, reference: Reference(recorded: "test-team-name-\(id)"), pin: Pin("pin-\(id)"),
            journaled: Timestamp(milliseconds: committed), committed: Timestamp(milliseconds: committed))
    }
}
