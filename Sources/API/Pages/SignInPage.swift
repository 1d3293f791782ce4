import Broker
import HTTPTypes
import Hummingbird

/// The page to sign in, and the way out.
struct SignInPage {
    /// Why somebody is asked to sign in. The address has the word, the page the sentence.
    enum Reason: String {
        case ended, left, token, role, trouble

        var sentence: String {
            switch self {
            case .ended: "Your session is over: it ends after 30 minutes without use, and with its token."
            case .left: "You are signed out."
            case .token: "This token is not valid here: it may be mistyped, revoked or expired."
            case .role:
                "This is a token for programs, not for people. Sign in with one of the role admin, team-admin, member "
                    + "or auditor."
            case .trouble: "The broker could not check the token. Try again in a moment."
            }
        }
    }

    private struct View {
        let frame: Frame
        let reason: String?
        let isRefusal: Bool
    }

    let templates: Templates

    static func path(because reason: Reason) -> String { "/sign-in?because=\(reason.rawValue)" }

    /// Leads to a page where the caller can do something.
    func home(_ request: Request, _ visit: Visit?) -> Response {
        guard let caller = visit?.caller else { return .redirect(to: "/sign-in") }
        guard let team = caller.grant.team else { return .redirect(to: "/teams") }
        let path = String.teamPath(team)
        return .redirect(to: caller.may(.readNames(team)) ? path : path + "/activity")
    }

    func show(_ request: Request, _ visit: Visit?) -> Response {
        guard visit == nil else { return .redirect(to: "/") }
        let reason = request.uri.queryParameters.get("because").flatMap(Reason.init(rawValue:))
        return templates.page(
            .signIn,
            View(
                frame: Frame(title: "Sign in"), reason: reason?.sentence,
                isRefusal: reason == .token || reason == .role || reason == .trouble))
    }

    func signOut(_ visit: Visit, _ form: Form) -> FormOutcome {
        FormOutcome(path: Self.path(because: .left), endsSession: true)
    }
}
