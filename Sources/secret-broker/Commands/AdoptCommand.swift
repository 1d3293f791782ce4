import ArgumentParser
import Broker
import Store
import Transport

/// The command `secret adopt`, in the operator's shell: what the broker may read in the store, it can give to a team.
struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Take a secret that is in the cloud already for a team's, in the operator's shell.",
        discussion: """
            The secret is pinned to its present version and read as it is; the broker never writes or deletes it. A newer \
            version in the cloud is reported as drift until it is adopted again. Rotating it here makes a version of the \
            broker's own in its place; deleting it here forgets it. The broker's sign-in needs to be granted reading it.
            """)

    @OptionGroup var options: SettingOptions
    @Option(help: "The team.") var team: String
    @Option(help: "The secret's name in the team.") var name: String
    @Option(help: ArgumentHelp("The cloud's name for it, or its full name: an ARN.", valueName: "ref")) var from: String
    @Option(help: ArgumentHelp("Which configured store it is in. Without it, the default.", valueName: "store"))
    var inStore: String = StoreName.default.text

    func validate() throws { _ = (try Typed.team(team), try Typed.secret(name)) }

    func run() async throws {
        let (team, name) = (try Typed.team(team), try Typed.secret(name))
        guard !name.isReserved else { throw Failure("\(name) is a variable of W&B's: choose another name") }
        let assembly = try await Assembly(options.settings())
        defer {
            assembly.catalog.close()
            assembly.http.shutDown()
        }
        guard let store = StoreName(inStore).flatMap(assembly.stores.store(named:)) else {
            throw Failure("there is no store \(inStore) in the settings")
        }
        let adoption = Adoption(
            stores: assembly.stores, adoptions: assembly.catalog, now: { [catalog = assembly.catalog] in catalog.now })
        do throws(AdoptionError) {
            let version = try await adoption.adopt(
                from, from: store, as: name, in: team, by: .operatorsShell(requestID: "cli"))
            Terminal.say("adopted \(team)/\(name) from \(store.name): version \(version.id)")
        } catch {
            throw Failure(sentence(error, store))
        }
    }

    private func sentence(_ error: AdoptionError, _ store: SecretStore) -> String {
        switch error {
        case .unversioned:
            "a secret in \(store.kind) has no versions, so a change of it would be served unseen: add its value instead"
        case .notAName: "\(from) is no name of a secret in the store \(store.name): copy it from the cloud's console"
        case .ownNamespace:
            "\(from) is in a namespace of the broker's own, whose secrets it makes and deletes: adopt others only"
        case .unreadable(let error):
            "\(from) cannot be read (\(error.kind.rawValue)): see its name, and that the broker's sign-in is granted it"
        case .notText: "the value of \(from) is not text: encode it there, for example with base64"
        case .refused(.secretExists): "the team has a secret of this name: delete it first, or choose another name"
        case .refused(.busy): "a write of this secret is under way: try again"
        case .refused(.inUse(let name, let team)):
            "\(from) was adopted as \(team)/\(name) already, from this store or from another: adopt it under another "
                + "of its names, such as an ARN, or delete that secret, which leaves the object alone"
        case .refused(.storeUnknown(let broker)):
            "the broker \(broker) runs on this catalog and has no store \(store.name): give it \(store.name.variable) "
                + "and start it again, then run this again"
        case .catalog(let error): Failure(error).sentence
        }
    }
}
