import Broker

/// What an operator sets for a store at AWS: the store URI, and the variables that AWS's own SDKs read.
struct AWSSettings: Sendable {
    static let keys = [
        "namespace", "region", "kms_key_id", "recovery_days", "endpoint", "role_arn", "external_id",
    ]
    /// The maximum length of a namespace, so that a reference has room for team, name and id.
    static let maximumNamespaceLength = 60

    let namespace: String
    /// The key's id; nil for Secrets Manager's own key, `aws/secretsmanager`.
    let keyID: String?
    /// The recovery window in days; nil to purge at once.
    let recoveryDays: Int?
    let secretsManager: AWSEndpoint
    let securityTokens: AWSEndpoint
    /// The role for the identity that the broker signs in as to assume.
    let role: AWSRoleSession?

    /// Nil, with a sentence for each fault, unless all settings are good.
    init?(_ uri: StoreURI, _ environment: [String: String], _ profiles: AWSProfiles, faults: inout [String]) {
        let faultsBefore = faults.count
        let parameters = StoreParameters(uri, known: Self.keys, faults: &faults)
        namespace = Self.namespace(uri, parameters, faults: &faults)
        keyID = Self.keyID(parameters, faults: &faults)
        recoveryDays = Self.recoveryDays(parameters, faults: &faults)
        role = Self.role(parameters, faults: &faults)
        guard let region = Self.region(parameters, environment, profiles, faults: &faults) else { return nil }
        let endpoints = EndpointSettings(region, environment, faults: &faults)
        secretsManager = endpoints.endpoint(
            .secretsManager, override: parameters["endpoint"].map { ("endpoint", $0) }, faults: &faults)
        securityTokens = endpoints.endpoint(.securityTokens, override: nil, faults: &faults)
        guard faults.count == faultsBefore else { return nil }
    }

    private static func namespace(_ uri: StoreURI, _ parameters: StoreParameters, faults: inout [String]) -> String {
        let namespace = parameters.namespace(of: uri, faults: &faults)
        if namespace.utf8.count > maximumNamespaceLength || !namespace.utf8.allSatisfy(\.isSecretNameCharacter) {
            faults.append(
                "namespace is not up to \(maximumNamespaceLength) letters, digits and /_+=.@- : shorten or correct it")
        }
        return namespace
    }

    private static func keyID(_ parameters: StoreParameters, faults: inout [String]) -> String? {
        guard let key = parameters["kms_key_id"] else { return nil }
        let isKey =
            key.utf8.count <= 2048
            && key.utf8.allSatisfy { byte in
                byte.isLetterOrDigit || ":/_-".utf8.contains(byte)
            }
        if !isKey { faults.append("kms_key_id is not a key's id, alias or ARN: copy it from the KMS console") }
        return key
    }

    private static func recoveryDays(_ parameters: StoreParameters, faults: inout [String]) -> Int? {
        guard let text = parameters["recovery_days"] else { return nil }
        guard text.utf8.allSatisfy(\.isDigit), let days = Int(text), (7...30).contains(days) else {
            faults.append(
                "recovery_days is not a whole number from 7 to 30: correct it, or remove it to delete at once")
            return nil
        }
        return days
    }

    private static func role(_ parameters: StoreParameters, faults: inout [String]) -> AWSRoleSession? {
        let externalID = parameters["external_id"].map { (name: "external_id", text: $0) }
        guard let role = parameters["role_arn"] else {
            if externalID != nil {
                faults.append("external_id is for a role, and role_arn is not set: set both in the store URI, or none")
            }
            return nil
        }
        return AWSRoleSession(role: ("role_arn", role), externalID: externalID, faults: &faults)
    }

    private static func region(
        _ parameters: StoreParameters, _ environment: [String: String], _ profiles: AWSProfiles,
        faults: inout [String]
    ) -> AWSRegion? {
        let candidates = [
            ("region", parameters["region"]), ("AWS_REGION", environment["AWS_REGION"]),
            ("AWS_DEFAULT_REGION", environment["AWS_DEFAULT_REGION"]),
            ("region of \(profiles.selectedPlace)", profiles.selected?["region"]),
        ]
        for case (let setting, let name?) in candidates where !name.isEmpty {
            if let region = AWSRegion(name) { return region }
            faults.append("\(setting) is not the name of an AWS region: set one like us-east-1")
            return nil
        }
        faults.append("no region is set: add region=us-east-1, or yours, to the store URI, or set AWS_REGION")
        return nil
    }
}

/// How the endpoints of all services are found, as AWS's SDKs document it.
private struct EndpointSettings {
    private let region: AWSRegion
    private let environment: [String: String]
    private let variant: AWSEndpoint.Variant
    private let ignoresEnvironment: Bool

    init(_ region: AWSRegion, _ environment: [String: String], faults: inout [String]) {
        self.region = region
        self.environment = environment
        variant = AWSEndpoint.Variant(
            isFIPS: flag("AWS_USE_FIPS_ENDPOINT", in: environment, faults: &faults),
            isDualStack: flag("AWS_USE_DUALSTACK_ENDPOINT", in: environment, faults: &faults))
        ignoresEnvironment = flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", in: environment, faults: &faults)
        // STS is asked in the store's region in either case: a session from there is good wherever one of the old
        // global endpoint is.
        if !["", "regional", "legacy"].contains((environment["AWS_STS_REGIONAL_ENDPOINTS"] ?? "").lowercased()) {
            faults.append("AWS_STS_REGIONAL_ENDPOINTS is neither regional nor legacy: set one of them, or unset it")
        }
    }

    /// - Parameter override: the store URI's own setting, which comes first.
    func endpoint(
        _ service: AWSEndpoint.Service, override: (setting: String, url: String)?, faults: inout [String]
    ) -> AWSEndpoint {
        let standard = AWSEndpoint(service, in: region, variant: variant)
        guard let (setting, url) = override ?? configured(for: service) else { return standard }
        // AWS_ENDPOINT_URL is for both services, but its fault is reported once.
        func fault(_ sentence: String) {
            if !faults.contains(sentence) { faults.append(sentence) }
        }
        guard let override = BaseURL(url) else {
            fault(
                "\(setting) is not https://HOST or https://HOST:PORT, nor http:// and a loopback address: correct it;"
                    + " it takes no user, path or query")
            return standard
        }
        if variant != AWSEndpoint.Variant() {
            fault(
                "\(setting) cannot be combined with AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT: unset one;"
                    + " an endpoint of your own can be a FIPS one")
        }
        return AWSEndpoint(service, in: region, at: override)
    }

    private func configured(for service: AWSEndpoint.Service) -> (setting: String, url: String)? {
        guard !ignoresEnvironment else { return nil }
        let own =
            switch service {
            case .secretsManager: "AWS_ENDPOINT_URL_SECRETS_MANAGER"
            case .securityTokens: "AWS_ENDPOINT_URL_STS"
            }
        for variable in [own, "AWS_ENDPOINT_URL"] {
            if let url = environment[variable], !url.isEmpty { return (variable, url) }
        }
        return nil
    }
}

extension UInt8 {
    /// Whether the byte is one of `[A-Za-z0-9/_+=.@-]`, AWS's rule for the names of secrets.
    var isSecretNameCharacter: Bool {
        isLetterOrDigit || "/_+=.@-".utf8.contains(self)
    }
}
