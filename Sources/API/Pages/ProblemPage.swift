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
        let heading = problem.status.reasonPhrase
        var response = page(
            .problem, View(frame: Frame(title: heading), heading: heading, sentence: error.sentence),
            status: problem.status)
        if let retryAfter = problem.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }
}
