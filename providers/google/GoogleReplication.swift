import Broker

/// Where Google keeps a secret, and under whose key. It cannot be changed for a secret that exists.
enum GoogleReplication: Sendable, Hashable {
    /// Google chooses the locations. The key is in `global`.
    case automatic(GoogleKey?)
    /// The secret is in these locations, each with a key of its own there, or none.
    case userManaged([Replica])
    /// The secret is in one location alone, which has an address of its own.
    case regional(GoogleLocation, GoogleKey?)

    struct Replica: Sendable, Hashable {
        let location: GoogleLocation
        let key: GoogleKey?
    }

    /// Nil, with a sentence for each fault, unless all settings are good.
    init?(_ parameters: StoreParameters, faults: inout [String]) {
        let faultsBefore = faults.count
        let locations = Self.list("replicas", parameters, GoogleLocation.init, faults: &faults)
        let keys = Self.list("kms_key", parameters, GoogleKey.init, faults: &faults)
        let location = Self.location(parameters, faults: &faults)
        guard faults.count == faultsBefore else { return nil }
        switch (location, locations) {
        case (_?, let replicas) where !replicas.isEmpty:
            faults.append(
                "location and replicas are both set: keep location for a regional secret, or replicas for one that is"
                    + " replicated to the places you name")
            return nil
        case (let location?, _): self = .regional(location, Self.only(keys, in: location, faults: &faults))
        case (nil, let replicas) where !replicas.isEmpty:
            self = .userManaged(Self.replicas(replicas, keys, faults: &faults))
        case (nil, _): self = .automatic(Self.only(keys, in: .global, faults: &faults))
        }
        guard faults.count == faultsBefore else { return nil }
    }

    var keys: [GoogleKey] {
        switch self {
        case .automatic(let key), .regional(_, let key): [key].compactMap(\.self)
        case .userManaged(let replicas): replicas.compactMap(\.key)
        }
    }

    /// The location of a regional secret.
    var location: GoogleLocation? {
        if case .regional(let location, _) = self { location } else { nil }
    }

    private static func location(_ parameters: StoreParameters, faults: inout [String]) -> GoogleLocation? {
        guard let text = parameters["location"] else { return nil }
        guard let location = GoogleLocation(text), location != .global else {
            faults.append(
                "location is not the name of a Google Cloud location: set one like europe-west4, or remove it for a"
                    + " secret that Google replicates")
            return nil
        }
        return location
    }

    /// Reads items separated by commas.
    private static func list<Item>(
        _ setting: String, _ parameters: StoreParameters, _ item: (String) -> Item?, faults: inout [String]
    ) -> [Item] {
        guard let text = parameters[setting] else { return [] }
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map { item(String($0)) }
        guard !items.contains(where: { $0 == nil }) else {
            faults.append("\(setting) is not \(Item.self == GoogleKey.self ? keyShape : locationShape)")
            return []
        }
        return items.compactMap(\.self)
    }

    private static let keyShape =
        "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY, or several with commas between: copy the"
        + " resource name from the KMS console, without a version"
    private static let locationShape =
        "a list of Google Cloud locations with commas between: set it like europe-west4,us-east1"

    private static func only(
        _ keys: [GoogleKey], in location: GoogleLocation, faults: inout [String]
    ) -> GoogleKey? {
        guard keys.count <= 1, keys.allSatisfy({ $0.location == location }) else {
            faults.append(
                "kms_key must be one key in \(location), where the secret is: name one that lies there")
            return nil
        }
        return keys.first
    }

    /// Pairs locations and keys. A key names its own location, so their order means nothing.
    private static func replicas(
        _ locations: [GoogleLocation], _ keys: [GoogleKey], faults: inout [String]
    ) -> [Replica] {
        if Set(locations).count != locations.count || locations.contains(.global) {
            faults.append("replicas names a location twice, or global: name each location once")
        }
        let hasOneEach = keys.isEmpty || keys.map(\.location.text).sorted() == locations.map(\.text).sorted()
        if !hasOneEach {
            faults.append(
                "kms_key must be one key in each location of replicas, with commas between: add what is missing, and"
                    + " remove what lies elsewhere")
        }
        return locations.map { location in
            Replica(location: location, key: keys.first { $0.location == location })
        }
    }
}

/// A location such as `europe-west4`, `us` or `global`: safe in a host name and a path.
struct GoogleLocation: Sendable, Hashable, CustomStringConvertible {
    static let global = GoogleLocation("global")!

    let text: String

    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 40,
            parts.allSatisfy({ part in
                !part.isEmpty && part.allSatisfy { $0.isLowercaseLetter || $0.isDigit }
            }), text.utf8.first?.isLowercaseLetter == true
        else { return nil }
        self.text = text
    }

    var description: String { text }
}

/// A key of Cloud KMS, by its resource name without a version.
struct GoogleKey: Sendable, Hashable {
    let name: String
    let location: GoogleLocation

    init?(_ name: String) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 8, parts[0] == "projects", parts[2] == "locations", parts[4] == "keyRings",
            parts[6] == "cryptoKeys", GoogleProject(parts[1]) != nil, let location = GoogleLocation(parts[3]),
            [parts[5], parts[7]].allSatisfy({ part in
                (1...63).contains(part.utf8.count) && part.utf8.allSatisfy(\.isSecretIDCharacter)
            })
        else { return nil }
        self.name = name
        self.location = location
    }
}

/// A project's id or number: safe in a path.
struct GoogleProject: Sendable, Hashable {
    let text: String

    init?(_ text: String) {
        let bytes = text.utf8
        let isNumber = (1...20).contains(bytes.count) && bytes.allSatisfy(\.isDigit)
        let isID =
            (6...30).contains(bytes.count) && bytes.first?.isLowercaseLetter == true
            && bytes.last != UInt8(ascii: "-")
            && bytes.allSatisfy { $0.isLowercaseLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
        guard isNumber || isID else { return nil }
        self.text = text
    }
}

extension UInt8 {
    /// Whether the byte is one of `[A-Za-z0-9_-]`, Google's rule for the ids of secrets, key rings and keys.
    var isSecretIDCharacter: Bool {
        isLetterOrDigit || "_-".utf8.contains(self)
    }
}
