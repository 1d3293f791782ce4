#if FaultInjection
import Foundation
import Simulator

/// A cloud that breaks one promise, in a way that no error shows. The contract must find it out.
struct BrokenCloud: Sendable {
    let kind: CloudKind
    let promise: String
    /// The cloud's name for the call that lies.
    let operation: String
    let lie: BrokenPromise
    /// The sentence of the contract that must fail.
    let sentence: String

    static let all = aws + google + azure + kubernetes
}

/// A JSON object as a test changes it.
typealias JSONFields = [String: Any]

extension BrokenPromise {
    /// Lies in the JSON object of an answer with this status.
    static func json(
        whenStatus status: Int = 200, _ lie: @escaping @Sendable (_ request: JSONFields, inout JSONFields) -> Void
    ) -> BrokenPromise {
        BrokenPromise { _, body, truth in
            guard truth.status == status, var told = fields(truth.body) else { return truth }
            lie(fields(body) ?? [:], &told)
            return Answer(status: status, body: text(told))
        }
    }

    /// Turns an answer of one status into another answer.
    static func turning(_ status: Int, into answer: Answer) -> BrokenPromise {
        BrokenPromise { _, _, truth in truth.status == status ? answer : truth }
    }

    /// Says that it was done, and does nothing.
    static func nothingDone(_ answer: @escaping @Sendable (_ request: JSONFields) -> JSONFields) -> BrokenPromise {
        BrokenPromise(hasEffect: false) { _, body, _ in
            Answer(status: 200, body: text(answer(fields(body) ?? [:])))
        }
    }

    static func fields(_ text: String) -> JSONFields? {
        try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? JSONFields
    }

    static func text(_ fields: JSONFields) -> String {
        let data = try? JSONSerialization.data(withJSONObject: fields)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

/// Another text of the same length, and still a hexadecimal one where it was one. Not merely another case of it: a cloud
/// that takes its ids in any case would rightly take that for the same id.
func altered(_ text: Any?) -> String {
    guard let text = text as? String, let last = text.last else { return "" }
    return text.dropLast() + (last == "0" ? "1" : "0")
}
#endif
