import Algorithms

/// What an automation wants to have filled in.
package struct ResolveRequest: Sendable {
    package enum Body: Sendable {
        case payload(JSONTemplate)
        case text(Template)
    }

    package static let maximumNames = 100
    /// The maximum size of body and headers together, in bytes.
    package static let maximumOutput = 4 << 20

    package let body: Body
    package let headers: JSONTemplate?
    /// W&B's variables and what they stand for.
    package let variables: [String: String]
    /// The names of all placeholders, sorted, each once.
    private let names: [String]

    /// - Throws: `invalidRequest` for a variable that is not one of W&B's, and for too many names.
    package init(body: Body, headers: JSONTemplate?, variables: [String: String]) throws(BrokerError) {
        guard variables.keys.allSatisfy(WandbVariable.isVariable) else {
            throw .invalidRequest("variables may hold W&B's variables only, such as event_type or artifact_version")
        }
        self.body = body
        self.headers = headers
        self.variables = variables
        var names: [String] = []
        // Most requests have no more names.
        names.reserveCapacity(8)
        func add(_ name: String) throws(BrokerError) {
            let index = names.partitioningIndex { $0 >= name }
            if index < names.count, names[index] == name { return }
            guard names.count < Self.maximumNames else {
                throw .invalidRequest("one request names at most 100 secrets and variables")
            }
            names.insert(name, at: index)
        }
        switch body {
        case .payload(let payload): for name in payload.placeholders { try add(name) }
        case .text(let template): for name in template.placeholders { try add(name) }
        }
        if let headers { for name in headers.placeholders { try add(name) } }
        self.names = names
    }
}

/// A template with its values in place.
package struct Resolved: Sendable {
    /// The body: JSON for a payload, plain text for a template.
    package let body: Secret
    /// The headers, as a JSON object.
    package let headers: Secret?
    /// The secrets that were used, sorted by name.
    package let used: [(name: SecretName, version: VersionID)]
    package let warnings: [Warning]

    /// The size of body and headers, in bytes.
    package var byteCount: Int { body.byteCount + (headers?.byteCount ?? 0) }
}

extension ResolveRequest {
    /// Sorts the placeholders: each is a variable that the request gives, an optional one of W&B's, or a secret.
    ///
    /// - Returns: the secrets, and W&B's other variables that the request does not give; each sorted by name.
    func wanted() -> (secrets: [SecretName], missing: [String]) {
        var secrets: [SecretName] = []
        secrets.reserveCapacity(names.count)
        var missing: [String] = []
        for name in names where variable(name) == nil {
            if !WandbVariable.isVariable(name), let secret = SecretName(name) {
                secrets.append(secret)
            } else {
                missing.append(name)
            }
        }
        return (secrets, missing)
    }

    func render(_ found: FoundValues) throws(BrokerError) -> Resolved {
        func replacement(of name: String) -> Replacement? {
            if let text = variable(name) { return .variable(text) }
            return found[name].map { .secret($0) }
        }
        var renderedBody = SecretBuffer(limit: Self.maximumOutput)
        switch body {
        case .payload(let payload): try payload.render(into: &renderedBody, replacement)
        case .text(let template): try template.render(into: &renderedBody, escape: .plain, replacement)
        }
        var renderedHeaders: Secret?
        if let headers {
            var buffer = SecretBuffer(limit: Self.maximumOutput - renderedBody.byteCount)
            try headers.render(into: &buffer, replacement)
            renderedHeaders = buffer.finish()
        }
        return Resolved(
            body: renderedBody.finish(), headers: renderedHeaders, used: found.all.map { ($0.name, $0.version.id) },
            warnings: found.warnings)
    }

    private func variable(_ name: String) -> String? {
        variables[name] ?? (WandbVariable.optionalNames.contains(name) ? "" : nil)
    }
}
