package import Broker

/// A sentence of the driver contract (`Broker/Provider.swift`), and how it is proven on a store.
package struct ContractCase: Sendable {
    /// The sentence. It begins in lower case, since it follows "the driver".
    package let sentence: String
    let prove: @Sendable (ContractBench) async throws(Broken) -> Void

    init(_ sentence: String, prove: @escaping @Sendable (ContractBench) async throws(Broken) -> Void) {
        self.sentence = sentence
        self.prove = prove
    }

    /// How the sentence is broken. Holds no value.
    package struct Broken: Error, Sendable {
        /// What was found instead of what the sentence says.
        package let finding: String
        /// The provider's refusal, if it was one.
        package let error: ProviderError?

        init(_ finding: String, _ error: ProviderError? = nil) {
            self.finding = finding
            self.error = error
        }
    }

    package struct Result: Sendable {
        package let sentence: String
        /// How the sentence is broken; nil if it holds.
        package let broken: Broken?
        package let took: Duration
    }

    /// Proves the sentence on a store, and purges whatever it made there, however it ends.
    package func run(on store: SecretStore) async -> Result {
        let started = ContinuousClock.now
        let bench = ContractBench(store)
        var broken: Broken?
        do throws(Broken) {
            try await prove(bench)
        } catch {
            broken = error
        }
        let left = await bench.clear()
        if broken == nil, let error = left { broken = Broken("what the case made could not be purged", error) }
        return Result(sentence: sentence, broken: broken, took: .now - started)
    }
}
