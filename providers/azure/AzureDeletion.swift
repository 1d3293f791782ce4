import Broker

/// The outcomes of deletions in a vault. Only its owner can ask whether it has purge protection, but each deletion
/// tells.
actor AzureDeletion {
    /// Why a deleted value still exists.
    enum Hold: Sendable {
        case purgeProtection
        case missingPermission
    }

    /// How long to wait for a vault to be done with an object. The next purge goes on where this one ended.
    static let patience = Duration.seconds(6)

    private static let pauses = [100, 200, 400, 800].map(Duration.milliseconds)

    /// What holds deleted values back, as of the last purge that could tell.
    private(set) var hold: Hold?

    func ended(_ purge: Purge, by hold: Hold? = nil) -> Purge {
        self.hold = hold
        return purge
    }

    /// Repeats `call` while the vault is still busy deleting the object, or bringing it back.
    ///
    /// - Throws: `busy` when that takes longer.
    static func wait<Answer>(
        until end: ContinuousClock.Instant, _ call: () async throws(ProviderError) -> Answer
    ) async throws(ProviderError) -> Answer {
        var attempt = 0
        while true {
            let failure: ProviderError
            do throws(ProviderError) {
                return try await call()
            } catch {
                failure = error
            }
            let isBusy = failure.kind == .conflict && failure.vendorCode != AzureFailure.softlyDeleted
            guard isBusy else { throw failure }
            let pause = pauses[min(attempt, pauses.count - 1)]
            attempt += 1
            guard ContinuousClock.now + pause < end, (try? await Task.sleep(for: pause)) != nil else {
                throw ProviderError(
                    .busy, during: failure.operation, vendorCode: failure.vendorCode,
                    requestID: failure.requestID)
            }
        }
    }
}
