/// One create, rotate or migrate, under way: read top to bottom, it is the write protocol.
struct WriteAttempt: Sendable {
    enum Value: Sendable {
        case new(Secret)
        /// The value that is in force when the write begins.
        case present
    }

    private let writer: Writer
    private let put: Put
    private let value: Value
    /// The store of `put.target`.
    private let store: SecretStore

    init(_ writer: Writer, put: Put, value: Value, store: SecretStore) {
        self.writer = writer
        self.put = put
        self.value = value
        self.store = store
    }

    func run() async -> Result<SecretRecord, BrokerError> {
        do throws(BrokerError) {
            let base = try await writer.recordingRefusal(put.action, put.name, in: put.team, by: put.actor) {
                () async throws(BrokerError) in try await open()
            }
            return await carryOut(insteadOf: base)
        } catch .outcomeUnknown {
            // The row may be there, but only this attempt could commit it.
            return await settled(.auditUnavailable, insteadOf: nil)
        } catch {
            return .failure(error)
        }
    }

    /// Carries out the write. From here on it has a row in the journal, and every way out decides that row.
    private func carryOut(insteadOf base: Version?) async -> Result<SecretRecord, BrokerError> {
        do throws(BrokerError) {
            let opened = ContinuousClock.now
            let renewal = Task { await renewLease() }
            defer { renewal.cancel() }
            let value = try await value(insteadOf: base)
            try await requireRow(since: opened)
            let pin = try await create(value)
            try await readBack(value, pin)
            let record = try await commit(pin, base: base)
            cache(value, of: record, insteadOf: base)
            writer.recovery.wake()
            return .success(record)
        } catch {
            return await settled(error, insteadOf: base)
        }
    }

    /// Journals the reference before anything can exist under it.
    private func open() async throws(BrokerError) -> Version? {
        try await writer.whenFree { () async throws(CatalogError) in
            try await writer.steps.during(.journal) { () async throws(CatalogError) in
                try await writer.journal.open(put, lease: writer.timing.lease)
            }
        }
    }

    /// Renews the lease until it is cancelled, or the row no longer belongs to this write; then the commit fails.
    private func renewLease() async {
        while true {
            do {
                try await Task.sleep(for: writer.timing.renewal)
                guard try await writer.journal.renew(put, lease: writer.timing.lease) else { return }
            } catch is CatalogError {
                continue
            } catch {
                return
            }
        }
    }

    /// A machine may have stood still for longer than a lease, and others have purged what this write is about to make:
    /// were it to end then, nothing would know of the object.
    private func requireRow(since opened: ContinuousClock.Instant) async throws(BrokerError) {
        guard opened.duration(to: .now) > writer.timing.lease else { return }
        do throws(CatalogError) {
            guard try await writer.journal.renew(put, lease: writer.timing.lease) else { throw CatalogError.outdated }
        } catch {
            throw .overloaded
        }
    }

    /// The value to write. One that is copied is read only now that no other write of the secret can be under way.
    private func value(insteadOf base: Version?) async throws(BrokerError) -> Secret {
        switch (value, base) {
        case (.new(let value), _): return value
        case (.present, nil): throw .secretNotFound
        case (.present, let base?): return try await copy(base)
        }
    }

    private func copy(_ base: Version) async throws(BrokerError) -> Secret {
        let value: Secret
        do throws(ProviderError) {
            let source = try writer.stores.store(named: base.store, for: .read)
            value = try await source.provider.read(base.reference, at: base.pin)
        } catch {
            let isLost = error.kind == .absent || error.kind == .disabled
            throw isLost ? .valueLost([put.name]) : .provider(error, at: base.store)
        }
        try store.requireRoom(for: value)
        return value
    }

    private func create(_ value: Secret) async throws(BrokerError) -> Pin {
        do throws(ProviderError) {
            return try await writer.steps.during(.create) { () async throws(ProviderError) in
                try await store.provider.create(
                    value, at: put.target.reference, note: ObjectNote(team: put.team, name: put.name))
            }
        } catch {
            throw .provider(error, at: store.name)
        }
    }

    /// Reads the new object, so that one that cannot be read is never committed: a key that denies decryption, an
    /// object half made.
    private func readBack(_ value: Secret, _ pin: Pin) async throws(BrokerError) {
        let deadline = ContinuousClock.now + writer.timing.settling
        while true {
            do throws(ProviderError) {
                let stored = try await writer.steps.during(.readBack) { () async throws(ProviderError) in
                    try await store.provider.read(put.target.reference, at: pin)
                }
                guard stored.matches(value) else { throw ProviderError(.corrupt, during: "read") }
                return
            } catch {
                guard error.kind == .absent, ContinuousClock.now < deadline else {
                    throw .provider(error, at: store.name)
                }
            }
            do {
                try await Task.sleep(for: writer.timing.pause)
            } catch {
                throw .overloaded
            }
        }
    }

    /// Commits the write, which takes effect at this moment.
    private func commit(_ pin: Pin, base: Version?) async throws(BrokerError) -> SecretRecord {
        let decision: Result<SecretRecord, WriteRefusal>
        do throws(CatalogError) {
            decision = try await writer.steps.during(.commit) { () async throws(CatalogError) in
                try await writer.journal.commit(put, pin: pin, base: base)
            }
        } catch {
            throw BrokerError(changing: error)
        }
        return try decision.mapError(BrokerError.init(_:)).get()
    }

    private func cache(_ value: Secret?, of record: SecretRecord, insteadOf base: Version?) {
        if let value { writer.values.keep(value, as: record.version) }
        if let base { writer.values.evict(base) }
    }

    private func settled(
        _ error: BrokerError, insteadOf base: Version?
    ) async -> Result<SecretRecord, BrokerError> {
        let settled = await writer.settle(as: error) { (code) async throws(CatalogError) in
            try await writer.journal.settle(put, failure: code)
        }
        if case .success(let record) = settled { cache(nil, of: record, insteadOf: base) }
        return settled
    }
}
