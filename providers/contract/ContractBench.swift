import Broker
import Cryptography

/// What a case works with: a store, objects of its own there, and the calls of the contract as expectations.
actor ContractBench {
    typealias Broken = ContractCase.Broken

    struct Object: Sendable {
        let reference: Reference
        let pin: Pin
        let value: Secret
    }

    /// How long an eventually consistent store may take, which is what the write protocol allows it.
    private static let settling = Duration.seconds(10)
    private static let pause = Duration.milliseconds(100)
    static let team = TeamName("secret-broker")!
    static let name = SecretName("contract")!

    nonisolated let store: SecretStore
    private var made: [Reference] = []

    init(_ store: SecretStore) {
        self.store = store
    }

    /// Makes a reference that has never been used, as the broker does.
    func newReference(_ team: TeamName = team, _ name: SecretName = name) -> Reference {
        var random = SecureRandom()
        let reference = Reference(namespace: store.namespace, team: team, name: name, using: &random)
        made.append(reference)
        return reference
    }

    /// Makes random printable text of this many bytes.
    nonisolated func newValue(ofSize size: Int = 40) -> Secret {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var random = SecureRandom()
        var value = SecretBuffer(limit: size, capacity: size)
        for _ in 0..<size { try? value.append(letters[Int.random(in: 0..<letters.count, using: &random)]) }
        return value.finish()
    }

    /// Purges everything that the case made.
    /// - Returns: the error of an object that could not be purged.
    func clear() async -> ProviderError? {
        var failure: ProviderError?
        for reference in made {
            if case .failure(let error) = await purge(reference) { failure = error }
        }
        return failure
    }
}

// The driver's calls, as they are.
extension ContractBench {
    nonisolated func create(_ value: Secret, at reference: Reference) async -> Result<Pin, ProviderError> {
        do throws(ProviderError) {
            let note = ObjectNote(team: Self.team, name: Self.name)
            return .success(try await store.provider.create(value, at: reference, note: note))
        } catch {
            return .failure(error)
        }
    }

    nonisolated func read(_ reference: Reference, at pin: Pin) async -> Result<Secret, ProviderError> {
        do throws(ProviderError) {
            return .success(try await store.provider.read(reference, at: pin))
        } catch {
            return .failure(error)
        }
    }

    nonisolated func purge(_ reference: Reference) async -> Result<Purge, ProviderError> {
        do throws(ProviderError) {
            return .success(try await store.provider.purge(reference))
        } catch {
            return .failure(error)
        }
    }
}

// What a case expects of these calls.
extension ContractBench {
    /// Creates an object at a new reference.
    func createObject(_ value: Secret) async throws(Broken) -> Object {
        let reference = newReference()
        switch await create(value, at: reference) {
        case .success(let pin): return Object(reference: reference, pin: pin, value: value)
        case .failure(let error): throw Broken("a create failed", error)
        }
    }

    /// Expects to read the object as it was created.
    nonisolated func expect(_ object: Object) async throws(Broken) {
        let found = try await settled { () async throws(Broken) -> Secret? in
            switch await read(object.reference, at: object.pin) {
            case .success(let value): return value
            case .failure(let error) where error.kind == .absent: return nil
            case .failure(let error): throw Broken("what was created could not be read", error)
            }
        }
        guard let found else { throw Broken("what was created is absent") }
        guard found.matches(object.value) else { throw Broken("another value was read than was created") }
    }

    nonisolated func expectAbsent(_ reference: Reference, at pin: Pin) async throws(Broken) {
        switch await read(reference, at: pin) {
        case .success: throw Broken("a value was read")
        case .failure(let error) where error.kind == .absent: return
        case .failure(let error): throw Broken("the read failed otherwise than with absent", error)
        }
    }

    /// Purges an object, and expects that it can no longer be read.
    @discardableResult
    nonisolated func expectPurged(_ object: Object) async throws(Broken) -> Purge {
        let purge = try await expectPurge(of: object.reference)
        let isUnreadable = try await settled { () async throws(Broken) -> Bool? in
            switch await read(object.reference, at: object.pin) {
            case .success: return nil
            case .failure(let error) where error.kind == .absent || error.kind == .disabled: return true
            case .failure(let error): throw Broken("the read of what was purged failed otherwise", error)
            }
        }
        guard isUnreadable != nil else { throw Broken("what was purged could still be read") }
        return purge
    }

    nonisolated func expectPurge(of reference: Reference) async throws(Broken) -> Purge {
        switch await purge(reference) {
        case .success(let purge): return purge
        case .failure(let error): throw Broken("a purge failed", error)
        }
    }

    /// Asks until there is an answer, or the time is over that a store has to become consistent.
    private nonisolated func settled<Answer>(
        _ ask: () async throws(Broken) -> Answer?
    ) async throws(Broken) -> Answer? {
        let deadline = ContinuousClock.now + Self.settling
        while true {
            if let answer = try await ask() { return answer }
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: Self.pause)) != nil else { return nil }
        }
    }
}
