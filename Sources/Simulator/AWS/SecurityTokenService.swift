import Broker

enum SecurityTokenOperation: String, Sendable, CaseIterable {
    case assumeRole = "AssumeRole"
    case assumeRoleWithWebIdentity = "AssumeRoleWithWebIdentity"
    case getCallerIdentity = "GetCallerIdentity"

    init?(_ form: ReceivedForm) {
        guard form.text("Version") == "2011-06-15", let operation = form.text("Action").flatMap(Self.init(rawValue:))
        else { return nil }
        self = operation
    }
}

/// An error that STS answers after the front end has let a call in.
struct SecurityTokenFault: Error, Sendable {
    let code: String
    let message: String
    let status: Int

    init(code: String, message: String, status: Int) {
        self.code = code
        self.message = message
        self.status = status
    }

    init(_ fault: AuthenticationFault) {
        let (code, status) = fault.queryError
        self.init(code: code, message: fault.message, status: status)
    }

    static func validation(_ message: String) -> SecurityTokenFault {
        SecurityTokenFault(code: "ValidationError", message: message, status: 400)
    }
}

/// STS, as far as signing in goes: who may assume which role.
struct SecurityTokenService: Sendable {
    /// The session of a role that another role assumes, whatever it allows.
    private static let chainedSession = Duration.seconds(3600)

    private let account: String
    private var roles: [AWSRole]

    init(_ settings: SimulatedAWSSettings) {
        account = settings.account
        roles = settings.roles
    }

    /// Adds a role, or replaces the one of its name.
    mutating func setRole(_ role: AWSRole) {
        roles.removeAll { $0.name == role.name }
        roles.append(role)
    }

    /// - Returns: the session's key pair, which the account must be told of.
    func assumeRole(
        _ form: ReceivedForm, as caller: AWSCredential, at now: Timestamp
    ) throws(SecurityTokenFault) -> AWSCredential {
        let (arn, session, duration) = try parameters(form)
        let isAllowed = caller.allowedActions?.contains("sts:AssumeRole") ?? true
        guard isAllowed, let role = role(arn), role.externalID == nil || role.externalID == form.text("ExternalId")
        else {
            throw SecurityTokenFault(
                code: "AccessDenied",
                message: "User: arn:aws:iam::\(account):\(caller.principal) is not authorized to perform: "
                    + "sts:AssumeRole on resource: \(arn)",
                status: 403)
        }
        if caller.principal.hasPrefix("assumed-role/"), duration > Self.chainedSession {
            throw .validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        return try credential(for: role, session: session, from: now, to: duration)
    }

    /// Assumes a role without a signature: the token is the proof.
    func assumeRoleWithWebIdentity(_ form: ReceivedForm, at now: Timestamp) throws(SecurityTokenFault) -> AWSCredential
    {
        let (arn, session, duration) = try parameters(form)
        guard let token = form.secret("WebIdentityToken"), (4...20_000).contains(token.byteCount) else {
            throw .validation("1 validation error detected: WebIdentityToken must have 4 to 20000 characters.")
        }
        guard let role = role(arn), let expected = role.webIdentity else {
            throw SecurityTokenFault(
                code: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity", status: 403)
        }
        func invalid(_ message: String) -> SecurityTokenFault {
            SecurityTokenFault(code: "InvalidIdentityToken", message: message, status: 400)
        }
        guard token.matches(expected.token) else {
            throw invalid("Couldn't retrieve verification key from your identity provider")
        }
        guard expected.audience == "sts.amazonaws.com" else { throw invalid("Incorrect token audience") }
        guard expected.expires.map({ $0 > now }) ?? true else {
            throw SecurityTokenFault(
                code: "ExpiredTokenException",
                message: "Token expired: current date/time must be before the expiration date/time", status: 400)
        }
        return try credential(for: role, session: session, from: now, to: duration)
    }

    private func parameters(
        _ form: ReceivedForm
    ) throws(SecurityTokenFault) -> (arn: String, session: String, duration: Duration) {
        guard let arn = form.text("RoleArn"), (20...2048).contains(arn.count) else {
            throw .validation("1 validation error detected: RoleArn must have 20 to 2048 characters.")
        }
        guard let session = form.text("RoleSessionName"), (2...64).contains(session.count),
            session.allSatisfy({ $0.isASCIILetterOrDigit || "_+=,.@-".contains($0) })
        else {
            throw .validation("1 validation error detected: RoleSessionName must match [\\w+=,.@-]{2,64}.")
        }
        guard let seconds = Int(form.text("DurationSeconds") ?? "3600"), (900...43_200).contains(seconds) else {
            throw .validation("1 validation error detected: DurationSeconds must be from 900 to 43200.")
        }
        return (arn, session, .seconds(seconds))
    }

    private func role(_ arn: String) -> AWSRole? {
        roles.first { arn == "arn:aws:iam::\(account):role/\($0.name)" }
    }

    private func credential(
        for role: AWSRole, session: String, from now: Timestamp, to duration: Duration
    ) throws(SecurityTokenFault) -> AWSCredential {
        guard duration <= .seconds(role.maximumSession) else {
            throw .validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        return .random(
            temporary: true, expires: now.adding(duration), allowedActions: role.allowedActions,
            principal: "assumed-role/\(role.name)/\(session)")
    }
}
