/// What a request asks for.
enum AWSOperation: Sendable {
    case secretsManager(SecretsManagerOperation)
    case securityToken(SecurityTokenOperation)
    case metadata(MetadataOperation)

    /// The name in call counts and fault orders.
    var name: String {
        switch self {
        case .secretsManager(let operation): operation.rawValue
        case .securityToken(let operation): operation.rawValue
        case .metadata(let operation): operation.name
        }
    }
}

extension AWSOperation {
    /// Routes a request.
    ///
    /// - Returns: the operation, or what AWS answers to a request for none.
    static func route(_ request: CloudRequest) -> Result<AWSOperation, UnknownOperation> {
        if let operation = MetadataOperation(request) { return .success(.metadata(operation)) }
        guard request.method == "POST", request.target == "/" else { return .failure(.noService) }
        switch request.header("content-type")?.prefix(while: { $0 != ";" }) {
        case "application/x-amz-json-1.1":
            let target = request.header("x-amz-target") ?? ""
            guard target.hasPrefix("secretsmanager."),
                let operation = SecretsManagerOperation(rawValue: String(target.dropFirst("secretsmanager.".count)))
            else { return .failure(.noTarget) }
            return .success(.secretsManager(operation))
        case "application/x-www-form-urlencoded":
            guard let operation = SecurityTokenOperation(FormBody(request.body)) else { return .failure(.noAction) }
            return .success(.securityToken(operation))
        default:
            return .failure(.noService)
        }
    }
}

enum UnknownOperation: Error {
    case noService
    case noTarget
    case noAction

    var answer: CloudAnswer {
        switch self {
        case .noService:
            CloudAnswer(status: 404, contentType: "text/xml", text: "<UnknownOperationException/>\n")
        case .noTarget:
            CloudAnswer(
                status: 400, contentType: "application/x-amz-json-1.1",
                text: "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}")
        case .noAction:
            .securityToken(
                SecurityTokenFault(code: "InvalidAction", message: "Could not find operation.", status: 400))
        }
    }
}
