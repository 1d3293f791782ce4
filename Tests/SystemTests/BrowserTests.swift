import Foundation
import Support
import Testing

/// The built program's pages in Chromium, driven by `Tests/Interop/browser_pages.py`; what each case proves is written
/// there.
@Suite("In a real browser", .enabled(if: Chromium.isInstalled, "chromium and chromium-driver are not installed"))
struct BrowserTests {
    enum Case: String, CaseIterable {
        case flow, cancelled, refused, scriptValue, member, wrongToken, sessionEnd, linked, tls, warning
        case keyboard, withoutScript, activity, webhooks, webhookLooks
        case looks

        /// All but the one that takes as long as the others together.
        static var flows: [Case] { allCases.filter { $0 != .looks } }
    }

    /// One at a time: many browsers at once on a small machine prove its patience only.
    @Test("the pages do what they say", .serialized, arguments: Case.flows)
    func pages(_ name: Case) async throws {
        try await run(name)
    }

    @Test("the pages are accessible, fit a phone, and are written down as pictures")
    func looks() async throws {
        try await run(.looks)
    }

    private func run(_ name: Case) async throws {
        let place = try await Installation(query: name == .warning ? "&recovery_days=7" : "")
        let broker = try await place.serve(name == .tls ? try await certificate(in: place) : [:])
        func token(_ role: String, _ more: [String] = ["--team", "research"]) async throws -> String {
            try await Installation.token(["--role", role] + more, place.environment)
        }
        let visitors = Chromium.Visitors(
            url: broker.url, admin: try await token("team-admin"), member: try await token("member"),
            auditor: try await token("auditor"), resolver: place.resolver, operator: place.admin)
        #expect(try await Chromium.holds(name.rawValue.snakeCased, for: visitors), "\(name)")
        #expect(!broker.logged.contains("canary-5b1f0c9e7d"))
        #expect(await broker.end() == 0)
        await place.end()
    }

    /// The broker's settings for one that it signed itself.
    private func certificate(in place: Installation) async throws -> [String: String] {
        let (status, pem) = try await PythonEnvironment.run("self_signed.py", ["127.0.0.1"])
        #expect(status == 0)
        let file = try place.write(pem, to: "tls.pem")
        return ["SECRET_BROKER_TLS_CERT": file, "SECRET_BROKER_TLS_KEY": file]
    }
}

enum Chromium {
    /// Where the pages are, and tokens of each kind.
    struct Visitors: Encodable {
        let url, admin, member, auditor, resolver, `operator`: String
    }

    /// Whether a case of `browser_pages.py` holds.
    static func holds(_ name: String, for visitors: Visitors) async throws -> Bool {
        let input = String(decoding: try JSONEncoder().encode(visitors), as: UTF8.self)
        return try await PythonEnvironment.run("browser_pages.py", [name, screenshots], input: input).status == 0
    }

    static let isInstalled = ["/usr/bin/chromium", "/usr/bin/chromedriver"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    /// Beside the tests, and ignored by git.
    static let screenshots = "\(PythonEnvironment.packageRoot)/Tests/Screenshots"
}

extension String {
    fileprivate var snakeCased: String {
        replacing(/[A-Z]/) { "_" + $0.output.lowercased() }
    }
}
