import Broker
import Transport
import WireJSON

/// A way to sign in at Google.
protocol GoogleCredentialSource: BearerTokenSource {
    /// Who the token is for, as Google's audit logs name them. Nil if that cannot be found out.
    func identity() async -> String?
}

/// Finds out who the broker signs in as. The order of the places is google-auth's. The first that is configured
/// decides, and a fault there does not fall through to another identity.
enum GoogleCredentialChain {
    static let variable = "GOOGLE_APPLICATION_CREDENTIALS"

    static func source(
        _ surroundings: Surroundings, faults: inout [String]
    ) -> (any GoogleCredentialSource)? {
        let environment = surroundings.environment
        if let path = environment[variable], !path.isEmpty {
            return GoogleFileCredentials(path, named: variable, surroundings, faults: &faults)
        }
        if let path = filePathOfGcloud(environment) {
            return GoogleFileCredentials(path, named: path, surroundings, faults: &faults)
        }
        return GoogleMetadataServer(surroundings, faults: &faults)
    }

    /// The file that `gcloud auth application-default` leaves, if it exists.
    private static func filePathOfGcloud(_ environment: [String: String]) -> String? {
        let folder =
            environment["CLOUDSDK_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].flatMap { $0.isEmpty ? nil : "\($0)/.config/gcloud" }
        guard let path = folder.map({ "\($0)/application_default_credentials.json" }), SecretFile.exists(path)
        else { return nil }
        return path
    }
}

/// A file that says who to sign in as. It is read at each sign-in, so that it can be replaced while the broker runs.
struct GoogleFileCredentials: GoogleCredentialSource {
    /// How the file was found: the variable, or its path.
    let name: String
    private let path: String
    private let surroundings: Surroundings

    /// Nil, with a fault, unless the file can be used now.
    init?(_ path: String, named name: String, _ surroundings: Surroundings, faults: inout [String]) {
        self.path = path
        self.name = name
        self.surroundings = surroundings
        do throws(GoogleCredentialFault) {
            _ = try Self.content(of: path)
        } catch {
            faults.append(error.sentence(about: name))
            return nil
        }
    }

    func token() async throws(ProviderError) -> BearerToken { try await current().token(surroundings) }

    func identity() async -> String? { (try? current())?.identity }

    private func current() throws(ProviderError) -> GoogleFileContent {
        do throws(GoogleCredentialFault) {
            return try Self.content(of: path)
        } catch {
            throw ProviderError(.unauthenticated, during: GoogleOperation.credentialFile.rawValue)
        }
    }

    private static func content(of path: String) throws(GoogleCredentialFault) -> GoogleFileContent {
        let file: Secret
        do throws(SecretFile.Fault) {
            file = try SecretFile.read(path, upTo: 64 << 10)
        } catch {
            throw error == .unreadable ? .unreadable : .malformed
        }
        return try GoogleFileContent(file)
    }
}

/// The two kinds of file that a service signs in with.
enum GoogleFileContent {
    case serviceAccount(GoogleServiceAccount)
    case externalAccount(GoogleExternalAccount)

    init(_ file: Secret) throws(GoogleCredentialFault) {
        guard let root = file.json, let type = root["type"]?.string else { throw .malformed }
        if let universe = root["universe_domain"]?.string, universe != GoogleUniverse.domain { throw .universe }
        switch type {
        case "service_account": self = .serviceAccount(try GoogleServiceAccount(root))
        case "external_account": self = .externalAccount(try GoogleExternalAccount(root))
        // A person's sign-in ends when the person's does, may do all that the person may, and would make every use of a
        // secret theirs in Google's audit logs.
        case "authorized_user", "external_account_authorized_user": throw .person
        default: throw .type
        }
    }

    var identity: String? {
        switch self {
        case .serviceAccount(let account): account.email
        case .externalAccount(let account): account.identity
        }
    }

    func token(_ surroundings: Surroundings) async throws(ProviderError) -> BearerToken {
        switch self {
        case .serviceAccount(let account): try await account.token(surroundings)
        case .externalAccount(let account): try await account.token(surroundings)
        }
    }
}

/// Why a credential file is not used. Its sentence never repeats what the file says.
enum GoogleCredentialFault: Error, CaseIterable {
    case unreadable, malformed, type, person, universe
    case key, tokenURI
    case audience, tokenURL, impersonationURL, executable, aws, certificate, source

    func sentence(about file: String) -> String {
        switch self {
        case .unreadable:
            "the credential file of \(file) cannot be read: see that it is there and that the broker's user may read it"
        case .malformed:
            "the credential file of \(file) is not a service account's key or a workload identity federation"
                + " configuration: download it again"
        case .type:
            "the credential file of \(file) is of a type that this version does not sign in with: use a service"
                + " account's key (service_account) or workload identity federation (external_account)"
        case .person:
            "the credential file of \(file) is a person's sign-in by gcloud: make a service account for the broker, and"
                + " name its key or a workload identity federation configuration in GOOGLE_APPLICATION_CREDENTIALS"
        case .universe:
            "the credential file of \(file) is for another cloud than \(GoogleUniverse.domain), which is the only one"
                + " that this version knows"
        case .key:
            "the service account's key of \(file) lacks client_email, private_key_id or an RSA key of 2048 bits or more"
                + " as private_key: download it again"
        case .tokenURI:
            "token_uri in the credential file of \(file) is not Google's token service: download the file again"
        case .audience:
            "audience or subject_token_type in the credential file of \(file) is not one of a workload identity pool:"
                + " create the configuration anew with gcloud iam workload-identity-pools create-cred-config"
        case .tokenURL:
            "token_url in the credential file of \(file) is not Google's security token service: set"
                + " https://sts.googleapis.com/v1/token"
        case .impersonationURL:
            "service_account_impersonation_url in the credential file of \(file) is not that of a service account at"
                + " iamcredentials.googleapis.com: create the configuration anew"
        case .executable:
            "credential_source in the credential file of \(file) is a program, and the broker runs none: have it write"
                + " its token to a file, and name that file"
        case .aws:
            "credential_source in the credential file of \(file) is AWS, which this version does not sign in with: use a"
                + " token in a file or at a URL"
        case .certificate:
            "credential_source in the credential file of \(file) is a certificate, which this version does not sign in"
                + " with: use a token in a file or at a URL"
        case .source:
            "credential_source in the credential file of \(file) is not a file with an absolute path, nor a URL that is"
                + " https, or http on this machine: correct it"
        }
    }
}
