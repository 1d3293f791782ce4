import ArgumentParser
import CWipe
import Glibc
import Transport

/// Exit codes: 0 done; 1 refused or failed, with one line that says what and what to do; 2 wrong usage.
@main
enum Main {
    static func main() async {
        cwipe_forbid_dumps()
        signal(SIGPIPE, SIG_IGN)
        let status = await run()
        LogFormat.flush(within: .seconds(2))
        fflush(nil)
        // Not `exit`: its handlers take OpenSSL down while libcurl's threads may still be closing their connections.
        _exit(status)
    }

    private static func run() async -> Int32 {
        do {
            var command = try SecretBroker.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try Terminal.requireTaken()
            return 0
        } catch let failure as Failure {
            Terminal.complain(failure.sentence)
            return 1
        } catch let fault as HTTPClientFault {
            Terminal.complain(fault.sentence)
            return 1
        } catch let told as ExitCode {
            return told.rawValue
        } catch {
            let isHelp = SecretBroker.exitCode(for: error) == .success
            let text = SecretBroker.fullMessage(for: error)
            if isHelp { print(text) } else { Terminal.note(text) }
            return isHelp ? 0 : 2
        }
    }
}

struct SecretBroker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret-broker",
        abstract: "Lets W&B teams use secrets whose values stay in the operator's own cloud secret manager.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, DevCommand.self, CheckCommand.self, ContractCommand.self, TokenCommand.self,
            SecretCommand.self, WebhookCommand.self, ResolveCommand.self, ReconcileCommand.self, MigrateCommand.self,
            AuditCommand.self, CatalogCommand.self, OpenAPICommand.self,
        ])
}

enum Version {
    static let text = "0.1.0"
}

/// Why a command did not do what it was asked to: one sentence that says what to do.
struct Failure: Error {
    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }
}
