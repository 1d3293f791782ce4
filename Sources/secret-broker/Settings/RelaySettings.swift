import Broker
import Transport

/// How the relay reaches webhooks' destinations.
struct RelaySettings {
    let rules: AddressRules
    let proxy: String?

    var warnings: [String] {
        guard proxy != nil else { return [] }
        return [
            "SECRET_BROKER_RELAY_PROXY is set; the proxy looks names up, so the relay cannot check where they lead: "
                + "let the proxy refuse private addresses"
        ]
    }

    /// The transport for deliveries. The environment's proxies are ignored: they would undo the check of addresses
    /// without anybody having meant it.
    func transport(_ surroundings: TransportSettings) -> TransportSettings {
        var settings = surroundings
        settings.proxy = proxy
        settings.noProxy = ""
        settings.maximumCalls = 1024
        return settings
    }

    /// The proxy's URL; nil if the text is none.
    static func proxy(_ text: String) -> String? {
        let isURL = text.hasPrefix("http://") || text.hasPrefix("https://")
        return isURL && text.utf8.allSatisfy(\.isVisible) ? text : nil
    }
}
