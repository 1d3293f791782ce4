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

extension AWSCloud: FrontedCloud {
    static func name(of operation: AWSOperation) -> String { operation.name }

    static func route(_ request: CloudRequest) throws(Misdirected) -> AWSOperation {
        if let operation = MetadataOperation(request) { return .metadata(operation) }
        guard request.method == "POST", request.target == "/" else { throw .noService }
        switch request.header("content-type")?.prefix(while: { $0 != ";" }) {
        case "application/x-amz-json-1.1":
            let target = request.header("x-amz-target") ?? ""
            guard target.hasPrefix("secretsmanager."),
                let operation = SecretsManagerOperation(rawValue: String(target.dropFirst("secretsmanager.".count)))
            else { throw .noTarget }
            return .secretsManager(operation)
        case "application/x-www-form-urlencoded":
            guard let operation = SecurityTokenOperation(ReceivedForm(request.body)) else { throw .noAction }
            return .securityToken(operation)
        default:
            throw .noService
        }
    }

    #if FaultInjection
    static func dialect(of operation: AWSOperation) -> any FaultDialect { AWSFaultDialect(operation: operation) }
    #endif
}

extension Misdirected {
    fileprivate static let noService = Misdirected(
        answer: CloudAnswer(status: 404, contentType: "text/xml", text: "<UnknownOperationException/>\n"))
    fileprivate static let noTarget = Misdirected(
        answer: CloudAnswer(
            status: 400, contentType: "application/x-amz-json-1.1",
            text: "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}"))
    fileprivate static let noAction = Misdirected(
        answer: .securityToken(
            SecurityTokenFault(code: "InvalidAction", message: "Could not find operation.", status: 400)))
}
