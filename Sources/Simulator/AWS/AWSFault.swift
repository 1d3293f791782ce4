/// An error that Secrets Manager itself answers, after the front end has let a call in. All have status 400, and their
/// text is in `Message`, where the front end writes `message`.
struct AWSFault: Error, Sendable {
    /// Shape names of the API model `secretsmanager-2017-10-17`; the last three belong to the protocol.
    enum Name: String, Sendable {
        case accessDenied = "AccessDeniedException"
        case decryptionFailure = "DecryptionFailure"
        case encryptionFailure = "EncryptionFailure"
        case invalidNextToken = "InvalidNextTokenException"
        case invalidParameter = "InvalidParameterException"
        case invalidRequest = "InvalidRequestException"
        case limitExceeded = "LimitExceededException"
        case resourceExists = "ResourceExistsException"
        case resourceNotFound = "ResourceNotFoundException"
        case serialization = "SerializationException"
        case throttling = "ThrottlingException"
        case validation = "ValidationException"
    }

    let name: Name
    let message: String

    init(_ name: Name, _ message: String) {
        self.name = name
        self.message = message
    }
}

extension AWSFault {
    static let absent = AWSFault(.resourceNotFound, "Secrets Manager can't find the specified secret.")
    static let markedForDeletion = AWSFault(
        .invalidRequest, "You can't perform this operation on the secret because it was marked for deletion.")
    /// The answer while a forced deletion is under way.
    static let deleted = AWSFault(
        .invalidRequest, "You can't perform this operation on the secret because it was deleted.")
    static let nameScheduledForDeletion = AWSFault(
        .invalidRequest,
        "You can't create this secret because a secret with this name is already scheduled for deletion.")
    static let tokenMissing = AWSFault(
        .invalidRequest, "You must provide a ClientRequestToken value. We recommend a UUID-type value.")
    static let invalidName = AWSFault(
        .validation,
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")

    static func noValue(for version: String) -> AWSFault {
        AWSFault(.resourceNotFound, "Secrets Manager can't find the specified secret value for \(version)")
    }

    static func tooLong(_ member: String, limit: Int) -> AWSFault {
        AWSFault(
            .validation,
            "1 validation error detected: Value at '\(member)' failed to satisfy constraint: "
                + "Member must have length less than or equal to \(limit)")
    }

    static func tooShort(_ member: String, limit: Int) -> AWSFault {
        AWSFault(
            .validation,
            "1 validation error detected: Value at '\(member)' failed to satisfy constraint: "
                + "Member must have length greater than or equal to \(limit)")
    }
}
