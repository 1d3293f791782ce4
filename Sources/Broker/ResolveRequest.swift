/// What an automation wants to have filled in.
package struct ResolveRequest: Sendable {
    package enum Body: Sendable {
        case payload(JSONTemplate)
        case text(Template)
    }

    package static let maximumNames = 100
    /// Of body and headers together, in bytes.
    package static let maximumOutput = 4 << 20

    package let body: Body
    package let headers: JSONTemplate?
    /// W&B's variables and what they stand for.
    package let variables: [String: String]
    private let names: Set<String>

    /// - Throws: `invalidRequest` for a variable that is none of W&B's, and for too many names.
    package init(body: Body, headers: JSONTemplate?, variables: [String: String]) throws(BrokerError) {
        guard variables.keys.allSatisfy(WandbVariable.isVariable) else {
            throw .invalidRequest("variables may hold W&B's variables only, such as event_type or artifact_version")
        }
        var names =
            switch body {
            case .payload(let payload): payload.names
            case .text(let template): template.names
            }
        if let headers { names.formUnion(headers.names) }
        guard names.count <= Self.maximumNames else {
            throw .invalidRequest("one request names at most 100 secrets and variables")
        }
        self.body = body
        self.headers = headers
        self.variables = variables
        self.names = names
    }
}

/// A template with its values in place.
package struct Resolved: Sendable {
    /// JSON for a payload, plain text for a template.
    package let body: Secret
    /// A JSON object.
    package let headers: Secret?
    /// In order of name.
    package let used: [(name: SecretName, version: VersionID)]
    package let warnings: [Warning]

    /// Of body and headers.
    package var byteCount: Int { body.byteCount + (headers?.byteCount ?? 0) }
}

extension ResolveRequest {
    /// A placeholder is a variable that the request gives, or one of W&B's that may be missing, or else a secret.
    /// - Throws: `unknownVariable` for W&B's other variables that the request does not give.
    func split() throws(BrokerError) -> (variables: [String: String], secrets: Set<SecretName>) {
        var variables = variables
        var secrets = Set<SecretName>(minimumCapacity: names.count)
        var unknown: [String] = []
        for name in names where variables[name] == nil {
            if WandbVariable.optionalNames.contains(name) {
                variables[name] = ""
            } else if !WandbVariable.isVariable(name), let secret = SecretName(name) {
                secrets.insert(secret)
            } else {
                unknown.append(name)
            }
        }
        guard unknown.isEmpty else { throw .unknownVariable(unknown.sorted()) }
        return (variables, secrets)
    }

    func render(_ replacements: [String: Replacement], _ found: FoundValues) throws(BrokerError) -> Resolved {
        var renderedBody = SecretBuffer(limit: Self.maximumOutput)
        switch body {
        case .payload(let payload): try payload.render(replacements, into: &renderedBody)
        case .text(let template): try template.render(replacements, into: &renderedBody, escape: .plain)
        }
        var renderedHeaders: Secret?
        if let headers {
            var buffer = SecretBuffer(limit: Self.maximumOutput - renderedBody.byteCount)
            try headers.render(replacements, into: &buffer)
            renderedHeaders = buffer.finish()
        }
        return Resolved(
            body: renderedBody.finish(), headers: renderedHeaders, used: found.used, warnings: found.warnings)
    }
}
