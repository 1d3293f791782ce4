import Broker
import Providers
import Transport

extension Stores {
    /// Opens every configured store.
    /// - Throws: `Failure` with every fault.
    static func open(_ settings: Settings, _ http: HTTPClient) throws -> Stores {
        guard let first = settings.stores.first, first.name == .default else {
            throw Failure(
                "no store is configured: set SECRET_BROKER_STORE, for example "
                    + "aws-secretmanager://wandb?namespace=wandb&region=us-east-1, or try `secret-broker dev`")
        }
        let surroundings = Surroundings(environment: settings.environment, http: http, now: SystemTime.now)
        var opened: [SecretStore] = []
        var faults: [String] = []
        for (name, uri) in settings.stores {
            do {
                opened.append(try open(uri, as: name, in: surroundings))
            } catch let error as StoreURIError {
                faults.append(error.sentence)
            } catch let error as StoreSettingError {
                faults += error.faults.map { "store \(name): \($0)" }
            }
        }
        guard faults.isEmpty else { throw Failure(faults.joined(separator: "; ")) }
        return Stores(default: opened[0], others: Array(opened.dropFirst()), teams: settings.teamStores)
    }

    private static func open(_ text: String, as name: StoreName, in surroundings: Surroundings) throws -> SecretStore {
        let uri = try StoreURI(text, setting: name.variable)
        guard uri.scheme != "noop" else {
            throw Failure("\(name.variable) is noop://: secrets are off, and there is nothing to serve")
        }
        return try Registry.open(uri, as: name, in: surroundings)
    }
}
