/// Finishes what writes leave behind: leases that nobody renews, and objects that must not exist.
///
/// Runs at start, on a timer, whenever a write has left something to purge, and by `reconcile`. Several may run at
/// once, in one process or many: each row is decided once, and purging twice is harmless.
package final class Recovery: Sendable {
    package struct Timing: Sendable {
        /// The time between two looks for expired leases. Added to a writer's lease, it is less than a write waits for
        /// its turn (`Writer.Timing`), so that a write behind a writer that is gone gets its turn.
        package var interval: Duration = .seconds(3)
        /// The age below which a purged reference is purged again: a create that got no answer may arrive late.
        package var lateness: Duration = .seconds(3600)
        package var repetition: Duration = .seconds(900)
        package var firstRetry: Duration = .seconds(1)
        /// The longest time between two attempts, whatever the store asks for: nothing wakes the row earlier.
        package var longestRetry: Duration = .seconds(300)
        /// The number of purges that are under way at once.
        package var atOnce = 8

        package init() {}
    }

    /// The outcome of one pass.
    package struct Report: Sendable, Equatable {
        /// The number of writers whose lease ran out.
        package var expired: Int
        package var purged = 0
        package var failed = 0
        package var held = 0
        /// Why purges failed, of twenty of them: those that a store refused come before those that it did not answer.
        package var failures: [Failure] = []

        package init(expired: Int = 0) { self.expired = expired }
    }

    /// A purge that the store refused, or did not answer.
    package struct Failure: Sendable, Equatable {
        package let store: StoreName
        package let reference: Reference
        package let error: ProviderError
    }

    /// What became of an obligation.
    fileprivate struct Discharge: Sendable {
        let step: ObligationStep
        var failure: Failure?
    }

    private let journal: any RecoveryJournal
    private let stores: Stores
    private let timing: Timing
    private let steps: WriteSteps
    private let now: @Sendable () -> Timestamp
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    package init(
        journal: any RecoveryJournal, stores: Stores, timing: Timing = Timing(), steps: WriteSteps = WriteSteps(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.journal = journal
        self.stores = stores
        self.timing = timing
        self.steps = steps
        self.now = now
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Tells a running recovery that there is something to purge.
    func wake() {
        signal.yield()
    }

    /// Runs until it is cancelled. A pass that fails is tried again at the next turn.
    /// - Parameter report: called for each pass that did something, or failed.
    package func run(report: @escaping @Sendable (Result<Report, CatalogError>) -> Void) async {
        // Leases expire beside the passes: a pass takes as long as there is something to purge, and a write that waits
        // behind a writer that is gone must not wait for it.
        let ticker = Task {
            while !Task.isCancelled {
                let expired = (try? await journal.expireLeases()) ?? 0
                if expired > 0 { report(.success(Report(expired: expired))) }
                signal.yield()
                try await Task.sleep(for: timing.interval)
            }
        }
        defer { ticker.cancel() }
        for await _ in signals {
            do throws(CatalogError) {
                let done = try await pass()
                if done != Report() { report(.success(done)) }
            } catch {
                report(.failure(error))
            }
        }
    }

    /// Waits until every write that is under way now is decided, by its writer or because its lease expires, and then
    /// purges all that is owed. Writes that begin meanwhile are not waited for.
    /// - Parameter report: called for each step that did something.
    /// - Returns: what was purged.
    package func finish(report: (Report) -> Void) async throws(CatalogError) -> Report {
        let began = now()
        while true {
            let expired = try await journal.expireLeases()
            if expired > 0 { report(Report(expired: expired)) }
            guard let oldest = try await journal.journalDepth().oldestWrite, oldest <= began,
                (try? await Task.sleep(for: .milliseconds(500))) != nil
            else { break }
        }
        let done = try await pass(all: true)
        if done != Report() { report(done) }
        return done
    }

    /// Decides every expired lease and purges what is due.
    /// - Parameter all: whether to purge what waits for a later time too. A second purge is still made at its time.
    package func pass(all: Bool = false) async throws(CatalogError) -> Report {
        var report = Report()
        report.expired = try await journal.expireLeases()
        var seen: Set<Reference> = []
        while !Task.isCancelled {
            let due = try await journal.obligations(all: all, limit: 100 + seen.count)
                .filter { !seen.contains($0.reference) }.prefix(100)
            guard !due.isEmpty else { break }
            for obligation in due { seen.insert(obligation.reference) }
            if let error = await discharge(Array(due), &report) { throw error }
        }
        return report
    }

    /// Discharges a few obligations side by side, since one after another would fall behind many writers. After the
    /// catalog's first error, no other one is begun.
    private func discharge(_ due: [Obligation], _ report: inout Report) async -> CatalogError? {
        await withTaskGroup(of: Result<Discharge?, CatalogError>.self) { group in
            var rest = due[...]
            var failure: CatalogError?
            func begin() {
                guard failure == nil, let next = rest.popFirst() else { return }
                group.addTask { await self.discharge(next) }
            }
            for _ in 0..<timing.atOnce { begin() }
            for await result in group {
                switch result {
                case .success(nil): break
                case .success(let discharge?): report.count(discharge)
                case .failure(let error): failure = failure ?? error
                }
                begin()
            }
            return failure
        }
    }

    /// - Returns: nil if the purge was a second one before its time, which changes nothing.
    private func discharge(_ obligation: Obligation) async -> Result<Discharge?, CatalogError> {
        let isEarly = obligation.isRepeat && obligation.due > now()
        let discharge = await purge(obligation)
        if isEarly { return .success(nil) }
        do throws(CatalogError) {
            try await steps.during(.advance) { () async throws(CatalogError) in
                try await journal.advance(obligation, discharge.step)
            }
            return .success(discharge)
        } catch {
            return .failure(error)
        }
    }

    private func purge(_ obligation: Obligation) async -> Discharge {
        do throws(ProviderError) {
            let store = try stores.store(named: obligation.store, for: .purge)
            let purge = try await steps.during(.purge) { () async throws(ProviderError) in
                try await store.provider.purge(obligation.reference)
            }
            switch purge {
            case .held(let date):
                // A store may be late with what it promised to end by then.
                return Discharge(
                    step: date > now() ? .held(until: date) : .failed(retryAt: now().adding(timing.longestRetry)))
            case .gone:
                let mayArriveLate = now().since(obligation.journaled) < timing.lateness
                return Discharge(
                    step: mayArriveLate && !obligation.isRepeat
                        ? .again(at: now().adding(timing.repetition)) : .discharged)
            }
        } catch {
            let doublings = min(obligation.failures, 16)
            let delay = max(timing.firstRetry * (1 << doublings), error.retryAfter ?? .zero)
            return Discharge(
                step: .failed(retryAt: now().adding(min(delay, timing.longestRetry))),
                failure: Failure(store: obligation.store, reference: obligation.reference, error: error))
        }
    }
}

extension Recovery.Report {
    fileprivate mutating func count(_ discharge: Recovery.Discharge) {
        switch discharge.step {
        case .discharged, .again: purged += 1
        case .failed: failed += 1
        case .held: held += 1
        }
        guard let failure = discharge.failure else { return }
        if failures.count < 20 {
            failures.append(failure)
        } else if !failure.error.isTransient, let index = failures.firstIndex(where: \.error.isTransient) {
            failures[index] = failure
        }
    }
}
