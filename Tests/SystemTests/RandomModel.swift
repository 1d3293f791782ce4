import Support

/// What may be in force, by what was answered: the oracle of a random run.
///
/// An answered write decides. An error answer is final: what was in force stays. Only a connection that closed without a
/// status leaves both possible, until something is seen of it.
struct RandomModel {
    struct Violation: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    struct Secret {
        /// The numbers of the values that may be in force; nil: none is.
        var possible: Set<Int?> = [nil]
        /// That is in force, if it is known.
        var version: String?
        /// Of the last write that was answered with success. A resolve begun after it sees no older one.
        var answered = 0
    }

    private(set) var secrets: [Secret]

    init(count: Int) {
        secrets = Array(repeating: Secret(), count: count)
    }

    /// - Parameters:
    ///   - value: the number of the value that it would put in force; a delete has a number too.
    ///   - isFaulty: a fault was ordered, which explains any error of the provider's.
    mutating func wrote(
        _ write: RandomPlan.Write, _ index: Int, number: Int, _ answer: APIClient.Answer?, isFaulty: Bool
    ) throws(Violation) {
        let value: Int? = if case .delete = write { nil } else { number }
        guard let answer else {
            secrets[index].possible.insert(value)
            secrets[index].version = nil
            return
        }
        let wasPresent = secrets[index].possible.contains { $0 != nil }
        let wasAbsent = secrets[index].possible.contains(nil)
        func require(_ condition: Bool) throws(Violation) {
            guard condition else { throw unexpected(answer, index) }
        }
        switch (write, answer.status, answer.code) {
        case (.add, 201, _), (.rotate, 200, _), (.delete, 204, _):
            if case .add = write { try require(wasAbsent) } else { try require(wasPresent) }
            if case .rotate(.stale) = write { throw unexpected(answer, index) }
            secrets[index] = Secret(possible: [value], version: answer.version, answered: number)
        case (.add, 409, "secret_exists"):
            try require(wasPresent)
            secrets[index].possible.remove(nil)
        case (.rotate, 404, "secret_not_found"), (.delete, 404, "secret_not_found"):
            try require(wasAbsent)
            secrets[index].possible = [nil]
        case (.rotate(.stale), 412, "version_conflict"): break
        // A dead writer's lease has up to ten seconds to run.
        case (_, 409, "write_in_progress"): break
        default: try failed(answer, index, isFaulty: isFaulty)
        }
    }

    /// What a resolve or a relay, begun when nothing was under way, came to.
    mutating func saw(_ index: Int, _ answer: APIClient.Answer, value: Int?, isFaulty: Bool) throws(Violation) {
        switch (answer.status, answer.code) {
        case (200, _):
            guard let value, secrets[index].possible.contains(value) else { throw unexpected(answer, index, value) }
            decided(index, value)
        case (422, "unknown_variable"):
            guard secrets[index].possible.contains(nil) else { throw unexpected(answer, index) }
            decided(index, nil)
        default: try failed(answer, index, isFaulty: isFaulty)
        }
    }

    /// What a resolve that ran beside a write came to.
    func sawBeside(_ index: Int, _ answer: APIClient.Answer, value: Int?, writing: Int) throws(Violation) {
        guard answer.status == 200, let value else { return }
        guard value == writing || secrets[index].possible.contains(value), value >= secrets[index].answered else {
            throw unexpected(answer, index, value)
        }
    }

    private mutating func decided(_ index: Int, _ value: Int?) {
        if secrets[index].possible.count > 1 { secrets[index].version = nil }
        secrets[index].possible = [value]
    }

    /// Whatever failed before may still keep the store's calls from being made.
    private func failed(_ answer: APIClient.Answer, _ index: Int, isFaulty: Bool) throws(Violation) {
        let isExplained =
            isFaulty && ["provider_denied", "provider_rejected", "provider_throttled"].contains(answer.code)
        guard isExplained || answer.code == "provider_unavailable" else { throw unexpected(answer, index) }
    }

    private func unexpected(_ answer: APIClient.Answer, _ index: Int, _ value: Int? = nil) -> Violation {
        let possible = secrets[index].possible.map { $0.map(String.init) ?? "none" }.sorted()
        return Violation(
            "\(answer.status) \(answer.code ?? "") \(value.map { "with value \($0)" } ?? ""), where these may be in "
                + "force: \(possible), and \(secrets[index].answered) was answered last")
    }
}
