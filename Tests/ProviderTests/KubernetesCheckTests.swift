import Broker
import Simulator
import Support
import Testing

@testable import Providers

@Suite("A check of a store in Kubernetes", .timeLimit(.minutes(1)))
struct KubernetesCheckTests {
    private static let account = "system:serviceaccount:wandb:secret-broker"

    private static func binding(
        _ verbs: Set<String>, on resources: Set<String> = ["secrets"], in namespace: String? = "wandb",
        to subject: String = account
    ) -> KubernetesBinding {
        KubernetesBinding(subject, verbs: verbs, on: resources, in: namespace)
    }

    @Test("warns of the store whatever else it finds, finds the grants well, and leaves nothing")
    func well() async throws {
        try await KubernetesWorld.with { world async throws in
            let findings = await world.driver.check()
            #expect(
                findings.map(\.code) == [
                    "kubernetes_store_not_recommended", "signed_in", "can_create", "can_read", "can_purge",
                    "least_privilege", "others_unknown",
                ])
            #expect(findings.map(\.severity) == [.warning, .good, .good, .good, .good, .good, .warning])
            #expect(findings[1].message.hasSuffix("as \(Self.account), by the service account's token file"))
            #expect(await world.simulator.objects().isEmpty)
        }
    }

    @Test(
        "names every grant that is missing, and only those",
        arguments: [
            ([], ["create_denied", "read_denied", "purge_denied"]),
            (["get"], ["create_denied", "may_read", "purge_denied"]),
            (["create", "delete"], ["can_create", "read_denied", "can_purge"]),
            (["create", "get"], ["can_create", "can_read", "purge_denied"]),
        ] as [(Set<String>, [String])])
    func grants(_ verbs: Set<String>, codes: [String]) async throws {
        try await KubernetesWorld.with {
            $0.bindings = [Self.binding(verbs)]
        } _: { world async throws in
            let findings = await world.driver.check()
            #expect(findings.dropFirst(2).prefix(3).map(\.code) == codes)
            for finding in findings where finding.code.hasSuffix("denied") {
                #expect(finding.severity == .failure)
                #expect(finding.message.contains("on secrets in the namespace wandb with a Role"))
            }
        }
    }

    @Test("names the object that it could not remove")
    func canaryLeft() async throws {
        try await KubernetesWorld.with {
            $0.bindings = [Self.binding(["create", "get"])]
        } _: { world async throws in
            let left = await world.driver.check().first { $0.code == "purge_denied" }
            let name = try #require(await world.simulator.objectNames().first)
            #expect(name.hasPrefix("wandb-secret-broker-check-"))
            #expect(left?.message.contains(name) == true)
        }
    }

    @Test(
        "names every permission that the broker has and does not need",
        arguments: [
            ([binding(["list", "watch"])], "list secrets, watch secrets,"),
            ([binding(["update"])], "update secrets,"),
            ([binding(["get"], in: nil)], "get secrets of every namespace,"),
            ([binding(["create"], on: ["pods"])], "create pods,"),
            ([binding(["create"], on: ["pods/exec"])], "exec into pods,"),
            (
                [binding(["*"], on: ["*"], in: nil)],
                "list secrets, watch secrets, update secrets, patch secrets, deletecollection secrets, get secrets of"
                    + " every namespace, list secrets of every namespace, create pods, exec into pods,"
            ),
        ] as [([KubernetesBinding], String)])
    func excess(_ bindings: [KubernetesBinding], named: String) async throws {
        try await KubernetesWorld.with {
            $0.bindings += bindings
        } _: { world async throws in
            let finding = try #require(await world.driver.check().first { $0.code == "excess_permissions" })
            #expect(finding.severity == .warning)
            #expect(finding.message.contains("may also \(named)"), "\(finding.message)")
        }
    }

    @Test("says whether the namespace's default account reads the values, where it may ask")
    func others() async throws {
        let asking = Self.binding(["create"], on: ["localsubjectaccessreviews"])
        for group in [nil, "system:serviceaccounts:wandb", "system:authenticated", "system:serviceaccounts:other"] {
            try await KubernetesWorld.with {
                $0.bindings.append(asking)
                if let group { $0.bindings.append(Self.binding(["get"], to: group)) }
            } _: { world async throws in
                let last = try #require(await world.driver.check().last)
                let isRead = group != nil && group != "system:serviceaccounts:other"
                #expect(last.code == (isRead ? "readable_by_default_account" : "default_account_cannot_read"))
                #expect(last.severity == (isRead ? .warning : .good))
            }
        }
    }

    @Test("goes on where the cluster does not say who the broker is and what it may do")
    func noReviews() async throws {
        try await KubernetesWorld.with {
            $0.allowsSelfReviews = false
        } _: { world async throws in
            let findings = await world.driver.check()
            #expect(
                findings.map(\.code) == [
                    "kubernetes_store_not_recommended", "identity_unknown", "can_create", "can_read", "can_purge",
                    "excess_unknown", "others_unknown",
                ])
            #expect(findings.allSatisfy { $0.severity != .failure })
        }
    }

    @Test(
        "tells a used-up quota, a policy and an absent namespace from each other",
        arguments: [
            (0, "limit_exceeded", "quota"), (1, "create_failed", "policy"), (2, "create_failed", "does not exist"),
        ])
    func refusals(_ index: Int, code: String, word: String) async throws {
        try await KubernetesWorld.with {
            switch index {
            case 0: $0.quota = 0
            case 1: $0.refusesByWebhook = true
            default: $0.namespaces = []
            }
        } _: { world async throws in
            let failure = try #require(await world.driver.check().first { $0.severity == .failure })
            #expect(failure.code == code)
            #expect(failure.message.contains(word))
        }
    }

    @Test("says that nobody answers where nobody does")
    func unreachable() async throws {
        try await KubernetesWorld.with(deadline: .seconds(1)) { world async throws in
            await world.simulator.stop()
            #expect(await world.driver.check().map(\.code) == ["kubernetes_store_not_recommended", "unreachable"])
        }
    }

    @Test(
        "every failure says what to do, in one sentence, and names the reason and the audit id",
        arguments: ProviderError.Kind.allCases)
    func sentences(_ kind: ProviderError.Kind) throws {
        var faults: [String] = []
        let uri = try StoreURI("k8s-secretmanager://?namespace=n", setting: "STORE")
        let settings = try #require(KubernetesSettings(uri, [:], nil, faults: &faults))
        let findings = KubernetesFindings(settings, server: try #require(KubernetesServer("https://h")))
        for code in ["SomeReason", "NotFound", "finalizers", "Forbidden.Admission"] {
            let error = ProviderError(kind, during: "CreateSecret", vendorCode: code, requestID: "abc-1")
            for operation in KubernetesOperation.allCases {
                let finding = findings.finding(error, during: operation)
                #expect(finding.severity != .good)
                #expect(finding.message.isClause, "\(finding.message)")
                #expect(finding.message.contains("\(code), audit id abc-1"))
            }
        }
    }
}
