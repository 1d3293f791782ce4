import Simulator
import Support
import Testing

@testable import Providers

/// A driver that calls something new does not compile here until somebody says what permission it takes; then the
/// module must grant it.
@Suite("What the Terraform modules grant")
struct TerraformGrantTests {
    @Test("is what the driver's calls take, and nothing else", arguments: CloudKind.allCases)
    func grants(_ cloud: CloudKind) async throws {
        let granted = try await Terraform.grants()
        #expect(granted[cloud.rawValue] == Set(cloud.permissions.values), "\(cloud)")
        #expect(granted["aws_key"] == ["kms:GenerateDataKey", "kms:Decrypt"])
    }

    @Test("covers every call of creating, reading and purging, by the cloud's own name", arguments: CloudKind.allCases)
    func steps(_ cloud: CloudKind) async throws {
        let simulated = try await cloud.start(clock: TestCatalog.systemTime)
        let calls = DriverStep.allCases.flatMap { type(of: simulated).callNames(of: $0) }
        await simulated.stop()
        #expect(!calls.isEmpty)
        for call in calls { #expect(cloud.permissions[call] != nil, "\(call)") }
    }
}

extension CloudKind {
    /// By the calls of the driver that take one.
    fileprivate var permissions: [String: String] {
        func pairs<Operation: CaseIterable & RawRepresentable<String>>(
            _: Operation.Type, _ permission: (Operation) -> String?
        ) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: Operation.allCases.compactMap { operation in
                    permission(operation).map { (operation.rawValue, $0) }
                })
        }
        return switch self {
        case .aws: pairs(AWSOperation.self, \.permission)
        case .google: pairs(GoogleOperation.self, \.permission)
        case .azure: pairs(AzureOperation.self, \.permission)
        case .kubernetes: pairs(KubernetesOperation.self, \.permission)
        }
    }
}

extension AWSOperation {
    /// Of the Service Authorization Reference. Nil for what everybody may, and for what the role's trust decides.
    fileprivate var permission: String? {
        switch self {
        case .createSecret, .getSecretValue, .deleteSecret: "secretsmanager:\(rawValue)"
        case .getCallerIdentity, .assumeRole, .assumeRoleWithWebIdentity, .instanceCredentials, .containerCredentials,
            .containerToken, .webIdentityToken, .profile:
            nil
        }
    }
}

extension GoogleOperation {
    /// Of Secret Manager's access control with IAM.
    fileprivate var permission: String? {
        switch self {
        case .createSecret: "secretmanager.secrets.create"
        case .addSecretVersion: "secretmanager.versions.add"
        case .accessSecretVersion: "secretmanager.versions.access"
        case .deleteSecret: "secretmanager.secrets.delete"
        case .credentialFile, .subjectToken, .grantToken, .exchangeToken, .generateAccessToken, .metadataToken: nil
        }
    }
}

extension AzureOperation {
    /// Of Azure's permissions for Security, Microsoft.KeyVault.
    fileprivate var permission: String? {
        switch self {
        case .setSecret: "Microsoft.KeyVault/vaults/secrets/setSecret/action"
        case .getSecret: "Microsoft.KeyVault/vaults/secrets/getSecret/action"
        case .deleteSecret: "Microsoft.KeyVault/vaults/secrets/delete"
        case .purgeDeletedSecret: "Microsoft.KeyVault/vaults/secrets/purge/action"
        case .getDeletedSecret: "Microsoft.KeyVault/vaults/secrets/readMetadata/action"
        case .applicationToken, .managedIdentityToken, .credentialFile: nil
        }
    }
}

extension KubernetesOperation {
    /// Nil for what every account may ask about itself, and for the question about others, which `check` does without.
    fileprivate var permission: String? {
        switch self {
        case .createSecret: "create secrets"
        case .getSecret: "get secrets"
        case .deleteSecret: "delete secrets"
        case .selfReview, .accessReview, .othersReview, .tokenFile: nil
        }
    }
}
