package import Broker
package import WireJSON

/// The results of a run of the contract, for people and for machines. It holds no value and no credential.
package struct ContractReport: Sendable {
    package let store: SecretStore
    package let date: Timestamp
    /// The broker's version.
    package let version: String
    package let results: [ContractCase.Result]

    package init(store: SecretStore, date: Timestamp, version: String, results: [ContractCase.Result]) {
        self.store = store
        self.date = date
        self.version = version
        self.results = results
    }

    package var isKept: Bool { results.allSatisfy { $0.broken == nil } }

    package var markdown: String {
        let kept = results.count { $0.broken == nil }
        var lines = [
            "# The driver contract on a store of \(store.kind)", "",
            "\(kept) of \(results.count) sentences hold.", "",
            "- store: \(store.kind), \(store.identity)", "- key: \(store.key)", "- date: \(date.rfc3339)",
            "- secret-broker \(version)", "", "| the driver | | ms |", "|---|---|---|",
        ]
        for result in results {
            let outcome = result.broken.map { "**broken**: \($0.sentence)" } ?? "holds"
            lines.append("| \(result.sentence) | \(outcome) | \(result.milliseconds) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: JSONObject {
        let json = JSONObject()
        json.set("provider", store.kind)
        json.set("location", store.identity)
        json.set("key", store.key)
        json.set("date", date.rfc3339)
        json.set("version", version)
        json.set("kept", isKept)
        json.set("cases", results.map(\.json))
        return json
    }
}

extension ContractCase.Broken {
    /// The finding in one line, with only identifiers of what the provider said.
    package var sentence: String {
        guard let error else { return finding }
        let words = [error.kind.rawValue, error.operation, error.vendorCode, error.requestID].compactMap(\.self)
        return "\(finding) (\(words.joined(separator: ", ")))"
    }
}

extension ContractCase.Result {
    fileprivate var milliseconds: Int64 {
        took.components.seconds * 1000 + took.components.attoseconds / 1_000_000_000_000_000
    }

    fileprivate var json: JSONObject {
        let json = JSONObject()
        json.set("case", sentence)
        json.set("kept", broken == nil)
        if let broken { json.set("finding", broken.sentence) }
        json.set("milliseconds", milliseconds)
        return json
    }
}
