import Broker
import NIOConcurrencyHelpers

/// What the API itself counts: how long resolves, relays and writes took, by their outcome.
final class RequestMetrics: Sendable {
    struct Key: Sendable, Hashable {
        let use: Route.Use
        /// `ok`, the stable code of the problem, or `destination_refused`: a webhook's destination answered with an
        /// error.
        let outcome: String
    }

    private let histograms = NIOLockedValueBox<[Key: Histogram]>([:])

    var latencies: [Key: Histogram] { histograms.withLockedValue { $0 } }

    func record(_ use: Route.Use, _ outcome: String, _ duration: Duration) {
        let key = Key(use: use, outcome: outcome)
        histograms.withLockedValue { $0[key, default: Histogram()].record(duration) }
    }
}

/// Prometheus' text format, version 0.0.4. Labels hold this program's words and the names of stores: never a team,
/// never a secret.
struct PrometheusText {
    private(set) var text = ""

    mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        metric(name, help, "gauge", samples)
    }

    mutating func counter(_ name: String, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        metric(name, help, "counter", samples)
    }

    private mutating func metric(
        _ name: String, _ help: String, _ type: String, _ samples: [(labels: [(String, String)], value: Double)]
    ) {
        head(name, help, type)
        for sample in samples { line(name, sample.labels, sample.value) }
    }

    /// Writes a histogram whose durations are in seconds.
    mutating func histogram(
        _ name: String, _ help: String, _ samples: [(labels: [(String, String)], value: Histogram)]
    ) {
        head(name, help, "histogram")
        for (labels, histogram) in samples {
            var count = 0
            for (index, inBucket) in histogram.counts.enumerated() {
                count += inBucket
                let bound = index < Histogram.bounds.count ? number(Histogram.bounds[index] / .seconds(1)) : "+Inf"
                line("\(name)_bucket", labels + [("le", bound)], Double(count))
            }
            line("\(name)_sum", labels, histogram.sum / .seconds(1))
            line("\(name)_count", labels, Double(count))
        }
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let list = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        text += list.isEmpty ? "\(name) \(number(value))\n" : "\(name){\(list)} \(number(value))\n"
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private func escaped(_ label: String) -> String {
        label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
