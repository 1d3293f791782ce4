import Broker
import WireJSON

/// An error of Google's services: `google.rpc.Status`, as their REST interfaces write it.
struct GoogleFault: Error, Sendable {
    /// A name of `google.rpc.Code`.
    enum Name: String, Sendable {
        case alreadyExists = "ALREADY_EXISTS"
        case failedPrecondition = "FAILED_PRECONDITION"
        case invalidArgument = "INVALID_ARGUMENT"
        case notFound = "NOT_FOUND"
        case permissionDenied = "PERMISSION_DENIED"
        case resourceExhausted = "RESOURCE_EXHAUSTED"
        case unauthenticated = "UNAUTHENTICATED"

        var status: Int {
            switch self {
            case .alreadyExists: 409
            case .failedPrecondition, .invalidArgument: 400
            case .notFound: 404
            case .permissionDenied: 403
            case .resourceExhausted: 429
            case .unauthenticated: 401
            }
        }
    }

    let name: Name
    let message: String
    /// The reason in an `ErrorInfo`.
    var reason: String?

    init(_ name: Name, _ message: String, reason: String? = nil) {
        self.name = name
        self.message = message
        self.reason = reason
    }
}

extension GoogleFault {
    static func invalidField(_ field: String, _ why: String) -> GoogleFault {
        GoogleFault(.invalidArgument, "The provided \(field) is invalid: \(why)")
    }

    static func noSecret(_ name: String) -> GoogleFault { GoogleFault(.notFound, "Secret [\(name)] not found.") }

    static func noVersion(_ name: String) -> GoogleFault {
        GoogleFault(.notFound, "Secret Version [\(name)] not found.")
    }

    static func inState(_ state: GoogleVersion.State, _ name: String) -> GoogleFault {
        GoogleFault(.failedPrecondition, "Secret Version [\(name)] is in \(state.rawValue) state.")
    }

    static func denied(_ permission: String, _ resource: String) -> GoogleFault {
        GoogleFault(
            .permissionDenied,
            "Permission '\(permission)' denied for resource '\(resource)' (or it may not exist).",
            reason: "IAM_PERMISSION_DENIED")
    }

    static let etagDiffers = GoogleFault(.failedPrecondition, "The etag provided does not match the current one.")

    static func invalidToken(_ reason: String) -> GoogleFault {
        GoogleFault(
            .unauthenticated,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
                + " authentication credential.",
            reason: reason)
    }
}

extension CloudAnswer {
    static func google(_ json: JSONObject) -> CloudAnswer {
        CloudAnswer(status: 200, contentType: "application/json; charset=UTF-8", json: json)
    }
}

/// A fault that knows its answer.
protocol AnsweredFault: Error {
    var answer: CloudAnswer { get }
}

extension GoogleFault: AnsweredFault {
    var answer: CloudAnswer {
        let error = JSONObject()
        error.set("code", Int64(name.status))
        error.set("message", message)
        error.set("status", name.rawValue)
        if let reason {
            let info = JSONObject()
            info.set("@type", "type.googleapis.com/google.rpc.ErrorInfo")
            info.set("reason", reason)
            info.set("domain", "googleapis.com")
            error.set("details", [info])
        }
        let json = JSONObject()
        json.set("error", error)
        var answer = CloudAnswer.google(json)
        answer.status = name.status
        return answer
    }
}

/// A fault of the services that give out tokens, in the form of RFC 6749.
struct OAuthFault: AnsweredFault {
    let error: String
    let description: String
    var status = 400

    var answer: CloudAnswer {
        let json = JSONObject()
        json.set("error", error)
        json.set("error_description", description)
        var answer = CloudAnswer.google(json)
        answer.status = status
        return answer
    }

    static func invalidGrant(_ description: String) -> OAuthFault {
        OAuthFault(error: "invalid_grant", description: description)
    }

    static func invalidRequest(_ description: String) -> OAuthFault {
        OAuthFault(error: "invalid_request", description: description)
    }
}
