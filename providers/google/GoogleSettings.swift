import Broker

/// What an operator sets for a store at Google: the store URI, and the project that Google's own SDKs read from the
/// environment.
struct GoogleSettings: Sendable {
    static let keys = ["namespace", "location", "kms_key", "replicas", "endpoint"]
    /// The maximum length of a namespace, so that a reference has room for team, name and id.
    static let maximumNamespaceLength = 60

    let project: GoogleProject
    let namespace: String
    let replication: GoogleReplication
    let endpoint: BaseURL
    /// The operator's own endpoint, in place of Google's.
    let override: BaseURL?

    /// Nil, with a sentence for each fault, unless all settings are good.
    init?(_ uri: StoreURI, _ environment: [String: String], faults: inout [String]) {
        let faultsBefore = faults.count
        let parameters = StoreParameters(uri, known: Self.keys, faults: &faults)
        namespace = Self.namespace(parameters, faults: &faults)
        let project = Self.project(uri, environment, faults: &faults)
        let replication = GoogleReplication(parameters, faults: &faults)
        override = Self.override(parameters, faults: &faults)
        Self.checkUniverse(environment, faults: &faults)
        guard faults.count == faultsBefore, let project, let replication,
            let endpoint = override ?? Self.standardEndpoint(replication.location)
        else { return nil }
        self.project = project
        self.replication = replication
        self.endpoint = endpoint
    }

    /// What the names of all the store's secrets begin with: `projects/P`, `projects/P/locations/L`.
    var parent: String {
        "projects/\(project.text)" + (replication.location.map { "/locations/\($0)" } ?? "")
    }

    /// Google's own endpoint, from the discovery document of Secret Manager, revision 20261021.
    private static func standardEndpoint(_ location: GoogleLocation?) -> BaseURL? {
        BaseURL("https://secretmanager\(location.map { ".\($0).rep" } ?? "").googleapis.com")
    }

    private static func project(
        _ uri: StoreURI, _ environment: [String: String], faults: inout [String]
    ) -> GoogleProject? {
        let (setting, text) =
            uri.host.isEmpty
            ? ("GOOGLE_CLOUD_PROJECT", environment["GOOGLE_CLOUD_PROJECT"] ?? "") : ("the store URI's host", uri.host)
        guard !text.isEmpty else {
            faults.append(
                "no project is set: write the store URI as gcp-secretmanager://PROJECT?namespace=NAMESPACE, or set"
                    + " GOOGLE_CLOUD_PROJECT")
            return nil
        }
        guard let project = GoogleProject(text) else {
            faults.append("\(setting) is not the id or the number of a Google Cloud project: copy it from the console")
            return nil
        }
        return project
    }

    private static func namespace(_ parameters: StoreParameters, faults: inout [String]) -> String {
        let namespace = parameters["namespace"] ?? ""
        if namespace.utf8.count > maximumNamespaceLength || !namespace.utf8.allSatisfy(\.isSecretIDCharacter) {
            faults.append(
                "namespace is not up to \(maximumNamespaceLength) letters, digits, hyphens and underscores: shorten or"
                    + " correct it")
        }
        return namespace
    }

    /// The override, if it may lead to a service other than Google's own. Private Service Connect's is one of Google's.
    var foreign: BaseURL? { override.flatMap { $0.isWithin("googleapis.com") ? nil : $0 } }

    private static func override(_ parameters: StoreParameters, faults: inout [String]) -> BaseURL? {
        guard let url = parameters["endpoint"] else { return nil }
        if let override = BaseURL(url) { return override }
        faults.append(
            "endpoint is not https://HOST or https://HOST:PORT, nor http:// and a loopback address: correct it; it takes"
                + " no user, path or query")
        return nil
    }

    private static func checkUniverse(_ environment: [String: String], faults: inout [String]) {
        guard let universe = environment["GOOGLE_CLOUD_UNIVERSE_DOMAIN"], !universe.isEmpty,
            universe != GoogleUniverse.domain
        else { return }
        faults.append(
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN names another cloud than \(GoogleUniverse.domain), which is the only one that"
                + " this version knows: unset it")
    }
}

/// The cloud that is supported. Google makes others, with other domains and credentials of their own.
enum GoogleUniverse {
    static let domain = "googleapis.com"
    /// The scope for all that a caller's roles allow: IAM decides what it may do. Google's clients ask for the same.
    static let scope = "https://www.googleapis.com/auth/cloud-platform"
}
