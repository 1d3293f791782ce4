import ArgumentParser
import Broker
import Transport
import WireJSON

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Prove a store before it is trusted.",
        discussion: """
            Says who the broker is signed in as, compares clocks, and creates, reads and deletes a secret that it makes \
            for the purpose. Looks whether the broker could start with its catalog and TLS files, and changes neither. \
            With --store it looks at that store alone, which need not be the broker's; without it at every store that \
            is configured. Each failure says what to do. Exit code 1 if anything fails; warnings do not.
            """)

    @OptionGroup var options: SettingOptions
    @Flag(help: "One JSON object a finding.") var json = false

    func run() async throws {
        let settings = try options.settings(isNoted: options.store != nil)
        let transport = TransportSettings.fromEnvironment(settings.environment)
        let http = try HTTPClient(transport)
        defer { http.shutDown() }
        let stores = try Stores.open(settings, http)
        var failed = 0
        if options.store == nil {
            let warnings = options.warnings + settings.warnings
            let start = StartFindings(settings: settings, stores: stores, warnings: warnings)
            failed += report(start.findings(), of: nil)
        }
        for store in stores.all.values.sorted(by: { $0.name < $1.name })
        where options.store == nil || store.name == .default {
            failed += report(await store.findings(transport), of: store)
        }
        guard failed == 0 else {
            throw Failure("\(failed) \(failed == 1 ? "finding is a failure" : "findings are failures"): see above")
        }
    }
}

extension CheckCommand {
    /// - Parameter store: nil for what is no store's.
    /// - Returns: how many are failures.
    private func report(_ findings: [Finding], of store: SecretStore?) -> Int {
        if json {
            for finding in findings { Terminal.say(finding.json(of: store).text) }
        } else {
            Terminal.say(
                store.map { "store \($0.name): \($0.kind), \($0.identity), key \($0.key)" } ?? "the broker's start")
            for finding in findings { Terminal.say(finding.line) }
        }
        return findings.count { $0.severity == .failure }
    }
}

extension SecretStore {
    /// What a look at the store finds, and what is known of it from its settings. Where nobody is believed there is
    /// nothing to look at.
    fileprivate func findings(_ transport: TransportSettings) async -> [Finding] {
        let found = transport.authoritiesFault == nil ? await provider.check() : []
        let known = warnings.map { Finding(.warning, code: $0.code, message: $0.message) }
        return found + known.filter { warning in !found.contains { $0.code == warning.code } }
            + surroundings(transport)
    }

    /// How the store is reached, and within which bounds. A proxy's URL may hold a password, and is not shown.
    fileprivate func surroundings(_ transport: TransportSettings) -> [Finding] {
        let pace = StoreOperation.allCases.compactMap { operation in
            rates[operation].map { "\(Int($0.perSecond)) \(operation.rawValue)s" }
        }
        let limits =
            pace.isEmpty
            ? "no quota is documented for this endpoint" : "at most \(pace.joined(separator: ", ")) a second"
        return [
            Finding(.good, code: "key", message: "the values are guarded by the key: \(key)"),
            Finding(
                .good, code: "limits", message: "a value has at most \(maximumValueSize) bytes; \(limits)"),
            Finding(
                .good, code: "proxy",
                message: transport.proxy == nil
                    ? "it is reached directly" : "it is reached through HTTPS_PROXY, but for what NO_PROXY names"),
            transport.authoritiesFault.map { Finding(.failure, code: "authorities", message: $0) }
                ?? Finding(
                    .good, code: "authorities",
                    message: transport.caFile.map { "certificates are checked against \($0) (SSL_CERT_FILE)" }
                        ?? "certificates are checked against the system's authorities"),
        ]
    }
}

extension Finding {
    fileprivate var line: String {
        let word =
            switch severity {
            case .good: "ok     "
            case .warning: "warning"
            case .failure: "FAILED "
            }
        return "  \(word)  \(message.asSentence) (\(code))"
    }

    fileprivate func json(of store: SecretStore?) -> JSONObject {
        let json = JSONObject()
        if let store {
            json.set("store", store.name.text)
            json.set("provider", store.kind)
        }
        json.set("severity", severity.rawValue)
        json.set("code", code)
        json.set("message", message)
        return json
    }
}
