import HTTPTypes
import Hummingbird

/// What a person gets instead of the page: one sentence, and a way on.
extension Templates {
    private struct View {
        let frame: Frame
        let heading: String
        let sentence: String
    }

    func page(for error: APIError) -> Response {
        let problem = Problem(error)
        let heading = Self.heading(problem.status)
        var response = page(
            .problem, View(frame: Frame(title: heading), heading: heading, sentence: error.sentence),
            status: problem.status)
        if let retryAfter = problem.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }

    private static func heading(_ status: HTTPResponse.Status) -> String {
        switch status {
        case .forbidden: "Not for this token"
        case .notFound: "There is no such page"
        default: "This did not work"
        }
    }

    /// A page whose address is opened again at once, from this site.
    func pageThatAsksAgain() -> Response {
        let heading = "One moment"
        return page(
            .problem,
            View(frame: Frame(title: heading, isAskedAgain: true), heading: heading, sentence: "Opening the page."))
    }
}
