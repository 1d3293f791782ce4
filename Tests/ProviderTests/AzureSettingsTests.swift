import Broker
import Support
import Testing

@testable import Providers

@Suite("The settings of a store in Azure Key Vault")
struct AzureSettingsTests {
    private static let variable = "GORILLA_CUSTOMER_SECRET_STORE_AZ_CONFIG_VAULT_URI"

    private func settings(
        _ uri: String, _ environment: [String: String] = [:]
    ) throws -> (settings: AzureSettings?, faults: [String]) {
        var faults: [String] = []
        let settings = AzureSettings(try StoreURI(uri, setting: "STORE"), environment, faults: &faults)
        return (settings, faults)
    }

    @Test("are complete in W&B's own form: the namespace as the host, the vault in W&B's variable")
    func wandbForm() throws {
        let (settings, faults) = try settings(
            "az-secretmanager://wandb", [Self.variable: "https://Acme-Vault.vault.azure.net/"])
        #expect(faults.isEmpty)
        #expect(settings?.namespace == "wandb")
        #expect(settings?.vault.text == "https://acme-vault.vault.azure.net")
        #expect(settings?.cloud == .commercial)
        #expect(settings?.isSchemeMisspelt == false)
    }

    @Test(
        "take the namespace from the host where the query has none, always in lower case",
        arguments: [
            ("az-secretmanager", ""), ("az-secretmanager://WandB-1?", "wandb-1"),
            ("az-secretmanager://?namespace=WandB&", "wandb"), ("az-secretmanager://a?namespace=a&", "a"),
        ])
    func namespace(_ uri: String, expected: String) throws {
        let (settings, faults) = try settings(uri, [Self.variable: "https://abc.vault.azure.net"])
        #expect(faults.isEmpty)
        #expect(settings?.namespace == expected)
    }

    @Test("prefer the vault of the URI")
    func vault() throws {
        let uri = "az-secretmanager://a?vault_uri=https%3A%2F%2Fmine.vault.azure.net"
        let settings = try settings(uri, [Self.variable: "https://other.vault.azure.net"]).settings
        #expect(settings?.vault.host == "mine.vault.azure.net")
    }

    @Test(
        "know each cloud by the vault's suffix, with its own sign-in host and kind of token",
        arguments: [
            ("https://abc.vault.azure.net", "https://login.microsoftonline.com", "https://vault.azure.net/.default"),
            ("https://abc.vault.azure.cn", "https://login.chinacloudapi.cn", "https://vault.azure.cn/.default"),
            (
                "https://abc.vault.usgovcloudapi.net", "https://login.microsoftonline.us",
                "https://vault.usgovcloudapi.net/.default"
            ),
            ("http://127.0.0.1:8200", "https://login.microsoftonline.com", "https://vault.azure.net/.default"),
        ])
    func clouds(_ vault: String, authority: String, scope: String) throws {
        let cloud = try settings("az-secretmanager://a?vault_uri=\(vault)").settings?.cloud
        #expect(cloud?.authority == authority)
        #expect(cloud?.scope == scope)
    }

    @Test(
        "refuse a vault that is none, whose host would get tokens and values",
        arguments: [
            "abc.vault.azure.net", "http://abc.vault.azure.net", "https://vault.azure.net",
            "https://a.b.vault.azure.net", "https://abc.vault.azure.net.evil.example",
            "https://abcvault.azure.net", "https://evil.example/.vault.azure.net", "https://ab.vault.azure.net",
            "https://evil.example%5C.vault.azure.net", "https://evil.example%23.vault.azure.net",
            "https://user@abc.vault.azure.net", "https://abc.vault.azure.net:8443",
            "https://abc.vault.azure.net/secrets", "https://abc.managedhsm.azure.net", "https://10.0.0.1",
            "https://a_c.vault.azure.net", "https://abcdefghijklmnopqrstuvwxy.vault.azure.net",
        ])
    func noVault(_ vault: String) throws {
        for (uri, environment, setting) in [
            ("az-secretmanager://a?vault_uri=\(vault)", [:], "vault_uri"),
            ("az-secretmanager://a", [Self.variable: vault], Self.variable),
        ] as [(String, [String: String], String)] {
            let (settings, faults) = try settings(uri, environment)
            #expect(settings == nil)
            #expect(faults.count == 1)
            #expect(faults.first?.hasPrefix("\(setting) is not the URI of a key vault") == true)
            #expect(faults.first?.contains("evil") == false)
        }
    }

    @Test(
        "name what is wrong",
        arguments: [
            ("az-secretmanager://a", "no vault is set"),
            ("az-secretmanager://a?vault_uri=", "no vault is set"),
            ("az-secretmanager://a_b?vault_uri=https://abc.vault.azure.net", "namespace is not"),
            ("az-secretmanager://a.b?vault_uri=https://abc.vault.azure.net", "namespace is not"),
            ("az-secretmanager://a?namespace=b&vault_uri=https://abc.vault.azure.net", "namespace and"),
            ("az-secretmanager://a?vault_uri=https://abc.vault.azure.net&x=y", "the store URI has the setting"),
            (
                "az-secretmanager://a?vault_uri=https://abc.vault.azure.net&vault_uri=https://abc.vault.azure.net",
                "vault_uri is set twice"
            ),
        ])
    func faults(_ uri: String, beginning: String) throws {
        let (settings, faults) = try settings(uri)
        #expect(settings == nil)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(beginning) == true, "\(faults)")
    }

    @Test("name all that is wrong at once")
    func allFaults() throws {
        #expect(try settings("az-secretmanager://a_b?namespace=b_&x=y&vault_uri=z").faults.count == 4)
    }

    @Test("leave room for team, name and id in a reference with the longest namespace, which is legal in a vault")
    func longestNamespace() throws {
        let longest = String(repeating: "n", count: 60)
        let vault = "vault_uri=https://abc.vault.azure.net"
        #expect(try settings("az-secretmanager://\(longest)n?\(vault)").settings == nil)
        let namespace = try #require(try settings("az-secretmanager://\(longest)?\(vault)").settings?.namespace)
        var random = SeededRandom(seed: 7)
        let reference = Reference(
            namespace: namespace, team: TeamName("a.b_c-d")!, name: SecretName(String(repeating: "A_", count: 64))!,
            using: &random)
        #expect(reference.text.utf8.count <= 127)
        #expect(reference.text.utf8.allSatisfy { $0.isObjectNameCharacter && !$0.isUppercaseLetter })
    }

    @Test("make references whose identifiers are found again, in any case, and no other's")
    func identifiers() throws {
        let vault = try #require(BaseURL("https://abc.vault.azure.net"))
        var random = SeededRandom(seed: .random(in: 0...UInt64.max))
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789._-ABC")
        func text(_ count: Int) -> String {
            String((0..<count).map { _ in letters.randomElement(using: &random)! })
        }
        for _ in 1...500 {
            let team = try #require(TeamName("t" + text(.random(in: 0...60, using: &random)).lowercased()))
            let name = try #require(
                SecretName("N" + text(.random(in: 0...120, using: &random)).filter { $0.isLetter || $0 == "_" }))
            let reference = Reference(namespace: "wandb-1", team: team, name: name, using: &random)
            let version = String((0..<32).map { _ in "0123456789abcdef".randomElement(using: &random)! })
            let id = "https://ABC.vault.azure.net/secrets/\(reference.text.uppercased())/\(version)"
            #expect(SecretIdentifier(id).version(of: reference, in: vault) == version)
            for other in [
                id + "0", String(id.dropLast()), id.replacing("ABC.", with: "abd."),
                id.replacing("https", with: "http"),
                id.replacing("/secrets/", with: "/keys/"), id.replacing("/secrets/", with: "/secrets/x"),
            ] {
                #expect(SecretIdentifier(other).version(of: reference, in: vault) == nil)
            }
        }
    }
}
