import Broker
import Simulator
import Support
import Testing
import Transport

@testable import Providers

@Suite("Where the Google driver finds its credentials")
struct GoogleCredentialsTests {
    private func source(
        _ environment: [String: String]
    ) -> (source: (any GoogleCredentialSource)?, faults: [String]) {
        let http = HTTPClient(testing: .fromEnvironment([:]))
        defer { http.shutDown() }
        var faults: [String] = []
        let surroundings = Surroundings(environment: environment, http: http) { Timestamp(milliseconds: 0) }
        return (GoogleCredentialChain.source(surroundings, faults: &faults), faults)
    }

    /// What a credential file of this content comes to.
    private func fault(of content: String) throws -> String? {
        let folder = TestFolder()
        let path = try folder.write(content, to: "credentials.json")
        let (source, faults) = source(["GOOGLE_APPLICATION_CREDENTIALS": path])
        #expect((source == nil) == (faults.count == 1))
        return faults.first
    }

    @Test("nothing in the environment means the metadata server, wherever it says that it is")
    func metadata() {
        for host in [nil, "", "169.254.169.254", "127.0.0.1:8080", "localhost", "metadata.google.internal"] {
            let environment = ["GCE_METADATA_HOST": host, "HOME": "/nowhere"].compactMapValues(\.self)
            let (found, faults) = source(environment)
            #expect(found is GoogleMetadataServer)
            #expect(found?.name == "the metadata server")
            #expect(faults.isEmpty)
        }
    }

    @Test("a file comes before gcloud's, and gcloud's before the metadata server")
    func order() throws {
        let folder = TestFolder()
        let key = GoogleAccount(email: GoogleWorld.email, key: GoogleWorld.key).keyFile()
        let path = try folder.write(key, to: "application_default_credentials.json")
        let environment = ["CLOUDSDK_CONFIG": folder.path, "HOME": "/nowhere", "NO_GCE_CHECK": "true"]
        #expect(source(environment).source?.name == path)
        let both = environment.merging(["GOOGLE_APPLICATION_CREDENTIALS": path]) { $1 }
        #expect(source(both).source?.name == "GOOGLE_APPLICATION_CREDENTIALS")
    }

    @Test(
        "what would sign in as somebody else than was ordered is a fault, not the next in line",
        arguments: [
            (["GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/hunter2"], "the credential file of GOOGLE_APP"),
            (["GOOGLE_APPLICATION_CREDENTIALS": "/"], "the credential file of GOOGLE_APP"),
            (["NO_GCE_CHECK": "true"], "there are no credentials"),
            (["NO_GCE_CHECK": "1"], "NO_GCE_CHECK is neither"),
            (["GCE_METADATA_HOST": "hunter2.example"], "GCE_METADATA_HOST is not"),
            (["GCE_METADATA_HOST": "http://127.0.0.1"], "GCE_METADATA_HOST is not"),
            (["GCE_METADATA_HOST": "127.0.0.1/hunter2"], "GCE_METADATA_HOST is not"),
            (["GCE_METADATA_HOST": "169.254.169.254@evil.example"], "GCE_METADATA_HOST is not"),
        ] as [([String: String], String)])
    func faults(_ environment: [String: String], beginning: String) {
        let faults = source(environment).faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
        #expect(!faults.contains { $0.contains("hunter2") })
    }

    @Test(
        "a file of another kind is refused, with what to do",
        arguments: [
            ("", "is not a service account's key"), ("[]", "is not a service account's key"),
            (#"{"type": "service_account"}"#, "lacks client_email"),
            (#"{"type": "authorized_user", "refresh_token": "hunter2"}"#, "is a person's sign-in"),
            (#"{"type": "external_account_authorized_user"}"#, "is a person's sign-in"),
            (#"{"type": "impersonated_service_account"}"#, "is of a type"),
            (#"{"type": "gdch_service_account"}"#, "is of a type"),
            (#"{"type": "service_account", "universe_domain": "hunter2.example"}"#, "is for another cloud"),
            (#"{"type": "external_account"}"#, "audience or subject_token_type"),
        ])
    func files(_ content: String, part: String) throws {
        let fault = try fault(of: content)
        #expect(fault?.contains(part) == true, "\(fault ?? "none")")
        #expect(fault?.contains("hunter2") == false)
    }

    @Test("a service account's key is refused without its RSA key, and with a token service that is not Google's")
    func serviceAccount() throws {
        let account = GoogleAccount(email: GoogleWorld.email, key: GoogleWorld.key)
        func content(tokenURI: String? = nil) -> String { text(account.keyFile(tokenURI: tokenURI)) }
        #expect(try fault(of: content()) == nil)
        for uri in [
            "https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token",
            "http://127.0.0.1:8080/token",
        ] { #expect(try fault(of: content(tokenURI: uri)) == nil) }
        for uri in [
            "https://evil.example/token", "https://oauth2.googleapis.com@evil.example/token",
            "https://oauth2.googleapis.com.evil.example/token", "http://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com\\\\@evil.example/", "file:///etc/passwd", "",
        ] {
            let fault = try fault(of: content(tokenURI: uri.replacing("\\\\", with: "\\")))
            #expect(fault?.contains("token_uri") == true, "\(uri)")
        }
        let damaged = content().replacing("BEGIN PRIVATE KEY", with: "BEGIN PUBLIC KEY")
        #expect(try fault(of: damaged)?.contains("lacks client_email") == true)
    }

    private static let pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"

    private func federation(
        audience: String = pool, tokenURL: String = "https://sts.googleapis.com/v1/token",
        source: String = #"{"file": "/token"}"#, impersonation: String? = nil
    ) -> String {
        let impersonation = impersonation.map { #", "service_account_impersonation_url": "\#($0)""# } ?? ""
        return #"{"type": "external_account", "audience": "\#(audience)", "token_url": "\#(tokenURL)", "#
            + #""subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": \#(source)"#
            + impersonation + "}"
    }

    @Test("a federation is taken with Google's own services, and with every source that it may have")
    func federations() throws {
        let impersonate = "/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken"
        for content in [
            federation(), federation(tokenURL: "http://127.0.0.1:1/v1/token"),
            federation(impersonation: "https://iamcredentials.googleapis.com\(impersonate)"),
            federation(source: #"{"file": "/t", "format": {"type": "json", "subject_token_field_name": "t"}}"#),
            federation(source: #"{"url": "https://idp.example/token?a=b", "headers": {"A": "b"}}"#),
            federation(source: #"{"url": "http://169.254.169.254/metadata/identity/oauth2/token"}"#),
        ] { #expect(try fault(of: content) == nil, "\(content)") }
    }

    @Test(
        "a federation that would send a token elsewhere, run a program or be a person is refused",
        arguments: [
            ("tokenURL", "https://sts.evil.example/v1/token", "token_url"),
            ("tokenURL", "https://sts.googleapis.com.evil.example/v1/token", "token_url"),
            ("tokenURL", "https://sts.googleapis.com@evil.example/v1/token", "token_url"),
            ("tokenURL", "https://sts.googleapis.com/v1/token?x=y", "token_url"),
            ("tokenURL", "https://sts.googleapis.com:8443/v1/token", "token_url"),
            ("tokenURL", "http://sts.googleapis.com/v1/token", "token_url"),
            (
                "impersonation", "https://evil.example/v1/projects/-/serviceAccounts/a@b:generateAccessToken",
                "impersonation"
            ),
            ("impersonation", "https://iamcredentials.googleapis.com/v1/evil", "impersonation"),
            (
                "impersonation",
                "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b/../c:generateAccessToken",
                "impersonation"
            ),
            ("audience", "//iam.googleapis.com/locations/global/workforcePools/p/providers/q", "audience"),
            ("audience", "https://evil.example/", "audience"),
            ("source", #"{"executable": {"command": "/bin/hunter2"}}"#, "is a program"),
            ("source", #"{"environment_id": "aws1", "url": "http://169.254.169.254/"}"#, "is AWS"),
            ("source", #"{"certificate": {}}"#, "is a certificate"),
            ("source", #"{"file": "relative"}"#, "credential_source"),
            ("source", #"{"url": "http://idp.example/token"}"#, "credential_source"),
            ("source", #"{"url": "https://user@idp.example/token"}"#, "credential_source"),
            ("source", #"{"url": "https://idp.example/t#f"}"#, "credential_source"),
            ("source", #"{"url": "https://idp.example/t", "headers": {"a": 1}}"#, "credential_source"),
            ("source", #"{"file": "/t", "format": {"type": "xml"}}"#, "credential_source"),
            ("source", #"{"file": "/t", "format": {"type": "json"}}"#, "credential_source"),
            ("source", "{}", "credential_source"),
        ])
    func refusedFederations(_ field: String, value: String, part: String) throws {
        let content =
            switch field {
            case "tokenURL": federation(tokenURL: value)
            case "impersonation": federation(impersonation: value)
            case "audience": federation(audience: value)
            default: federation(source: value)
            }
        let fault = try fault(of: content)
        #expect(fault?.contains(part) == true, "\(fault ?? "none")")
        #expect(fault?.contains("hunter2") == false)
        #expect(fault?.contains("evil") == false)
    }
}
