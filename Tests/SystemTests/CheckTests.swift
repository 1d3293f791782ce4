import Broker
import Cryptography
import Foundation
import Simulator
import Support
import Testing

@Suite("Proving a store from the command line", .timeLimit(.minutes(5)))
struct CheckTests {
    @Test("check finds a store sound, says who is signed in, and leaves nothing", arguments: CloudKind.allCases)
    func sound(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let checked = try await place.run(["check"])
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(checked.output.contains("(signed_in)"))
        #expect(checked.output.contains("(can_purge)"))
        let lines = try await place.run(["check", "--json"]).output.split(separator: "\n")
        #expect(lines.count > 3)
        for line in lines {
            let finding = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let isOfStore = !["catalog", "disk"].contains(finding?["code"] as? String)
            #expect(finding?["provider"] as? String == (isOfStore ? cloud.rawValue : nil))
            #expect(finding?["severity"] as? String != "failure")
        }
        #expect(await place.objects() == [])
        await place.end()
    }

    @Test(
        "check fails, names the step and says what to do, where a permission is missing", arguments: CloudKind.allCases)
    func denied(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        for (step, code) in [(DriverStep.create, "create_denied"), (.read, "read_denied"), (.purge, "purge_denied")] {
            let operation = try #require(place.callNames(of: step).first)
            await place.cloud.faults.order(Fault(operation: operation, at: .always, effect: .accessDenied))
            let checked = try await place.run(["check"])
            #expect(checked.status == 1)
            #expect(checked.output.contains("FAILED"))
            #expect(checked.output.contains("(\(code))"), "\(checked.output)")
            await place.cloud.faults.cancelAll()
        }
        await place.end()
    }

    @Test("check proves a store that is not the broker's, whatever the broker's catalog has in its own")
    func anotherStore() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "value").status == 201)
        #expect(await broker.end() == 0)
        let next = place.cloud.storeURI.replacing("wandb", with: "next")
        let checked = try await place.run(["check", "--store", next])
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(checked.output.contains("(can_purge)") && !checked.output.contains("(stores)"))
        await place.end()
    }

    @Test("a setting without effect is told by check, as a warning, and noted by every other command")
    func withoutEffect() async throws {
        let place = try await Installation()
        let mistyped = ["SECRET_BROKER_CATALOGUE": "x"]
        let told = "SECRET_BROKER_CATALOGUE is not a setting of this version and has no effect"
        let checked = try await place.run(["check"], mistyped)
        #expect(checked.status == 0 && checked.output.contains("  warning  \(told). (settings)"), "\(checked.output)")
        #expect(checked.errors.isEmpty)
        for command in ["token list", "reconcile", "audit verify", "secret list --team research"] {
            let finished = try await place.run(command.split(separator: " ").map(String.init), mistyped)
            #expect(finished.errors.hasPrefix("warning: \(told)\n"), "\(finished.errors)")
        }
        await place.end()
    }

    @Test("a file of authorities that is none is told by check, once, and stops the start", arguments: ["", nil])
    func authorities(_ content: String?) async throws {
        let place = try await Installation()
        let file = try content.map { try place.write($0, to: "ca.pem") } ?? "/nonexistent/ca.pem"
        let checked = try await place.run(["check"], ["SSL_CERT_FILE": file])
        #expect(checked.status == 1)
        #expect(checked.output.components(separatedBy: "FAILED").count == 2)
        #expect(checked.output.contains("\(file) (SSL_CERT_FILE) cannot be read, or holds no certificate"))
        let served = try await place.run(["serve"], ["SSL_CERT_FILE": file])
        #expect(served.status == 1 && served.errors.contains("(SSL_CERT_FILE)"), "\(served.errors)")
        await place.end()
    }

    @Test("check finds what would stop the start, goes on with the stores, and changes nothing")
    func start() async throws {
        let place = try await Installation()
        let folder = URL(fileURLWithPath: place.catalog).deletingLastPathComponent()
        func expectFailure(_ code: String, _ settings: [String: String]) async throws {
            let checked = try await place.run(["check"], settings)
            #expect(checked.status == 1)
            #expect(checked.output.split(separator: "\n").filter { $0.contains("FAILED") }.count == 1)
            #expect(checked.output.contains("(\(code))") && checked.output.contains("(can_purge)"), "\(checked.output)")
            let served = try await place.run(["serve", "--listen", "127.0.0.1:0"], settings)
            #expect(served.status == 1, "\(served.errors)")
        }
        let absent = "sqlite://\(folder.path)/absent/catalog.db"
        let checked = try await place.run(["check"], ["SECRET_BROKER_CATALOG": absent])
        #expect(checked.status == 0, "\(checked.output)")
        #expect(checked.output.contains("the first start will make it"))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("absent").path))

        let certificate = CertificateAuthority().issueServer().certificate
        let key = CertificateAuthority().issueServer().key.withPEM { Secret(copying: $0).shown }
        try await expectFailure(
            "tls",
            [
                "SECRET_BROKER_TLS_CERT": try place.write(certificate, to: "tls.crt"),
                "SECRET_BROKER_TLS_KEY": try place.write(key, to: "tls.key"),
            ])
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        #expect(try await place.run(["check"]).status == 0)
        #expect(await broker.end() == 0)
        try await expectFailure(
            "stores", ["SECRET_BROKER_STORE": "aws-secretmanager://other?namespace=other&region=us-east-1"])
        await place.end()
    }

    @Test("check warns of a TLS certificate that ends within 14 days, and fails where it has ended")
    func certificate() async throws {
        let place = try await Installation()
        func checked(lifetime: Int) async throws -> BrokerBinary.Finished {
            try await place.run(["check"], try place.write(CertificateAuthority().issueServer(lifetime: lifetime)))
        }
        let good = try await checked(lifetime: 15 * 86_400)
        #expect(good.status == 0 && good.output.contains("(tls)"), "\(good.output)")
        let ending = try await checked(lifetime: 13 * 86_400)
        #expect(ending.status == 0, "\(ending.output)")
        #expect(ending.output.contains(/warning  The TLS certificate .+ ends at .+ \(tls_ends\)/), "\(ending.output)")
        let ended = try await checked(lifetime: -300 * 86_400)
        #expect(ended.status == 1)
        #expect(ended.output.contains(/FAILED   The TLS certificate .+ ended at .+ \(tls_ended\)/), "\(ended.output)")
        await place.end()
    }

    @Test("contract proves a live store, and writes a dated report that holds no value", arguments: CloudKind.allCases)
    func contract(_ cloud: CloudKind) async throws {
        let place = try await Installation(on: cloud)
        let path = try place.write("", to: "report")
        let proven = try await place.run(["contract", "--report", path])
        #expect(proven.status == 0, "\(proven.output)\(proven.errors)")
        let report = try String(contentsOfFile: path + ".md", encoding: .utf8)
        #expect(report.contains("| reads back every kind of text, byte for byte | holds |"))
        #expect(!report.contains("${OTHER}"))
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path + ".json")))
        #expect((json as? [String: Any])?["kept"] as? Bool == true)
        #expect(await place.objects() == [])
        await place.end()
    }

    @Test("contract asks the store nothing where its report cannot be written")
    func unwritable() async throws {
        let place = try await Installation()
        let refused = try await place.run(["contract", "--report", "/nonexistent/report"])
        #expect(refused.status == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("/nonexistent/report.md cannot be written"))
        await place.end()
    }

    @Test("contract says which sentence does not hold, and fails")
    func broken() async throws {
        let place = try await Installation()
        await place.cloud.faults.order(Fault(operation: "DeleteSecret", at: .always, effect: .accessDenied))
        let path = try place.write("", to: "report")
        let proven = try await place.run(["contract", "--report", path])
        #expect(proven.status == 1)
        #expect(
            try String(contentsOfFile: path + ".md", encoding: .utf8).contains(
                "**broken**: a purge failed (denied, DeleteSecret"))
        await place.end()
    }
}
