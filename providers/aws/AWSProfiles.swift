import Broker
import Glibc

/// The profiles in AWS's shared files, `~/.aws/config` and `~/.aws/credentials`.
struct AWSProfiles: Sendable {
    /// The name of the profile that the environment selects.
    let selectedName: String
    /// Whether somebody has set it: then the profile must exist.
    let isSelected: Bool
    private let config: [String: [String: Secret]]
    private let credentials: [String: [String: Secret]]

    /// Reads the files that exist. A file that a variable names must exist.
    init(_ environment: [String: String], faults: inout [String]) {
        let names = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].compactMap { environment[$0] }.filter { !$0.isEmpty }
        if Set(names).count > 1 {
            // botocore obeys the one, other SDKs the other.
            faults.append("AWS_PROFILE and AWS_DEFAULT_PROFILE differ: unset AWS_DEFAULT_PROFILE")
        }
        isSelected = !names.isEmpty
        selectedName = names.first ?? "default"
        config = Self.profiles(
            Self.sections("AWS_CONFIG_FILE", "config", environment, faults: &faults), faults: &faults)
        credentials = Self.sections("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment, faults: &faults)
    }

    /// The selected profile, for people. Its name is not repeated, being something that somebody has set.
    var selectedPlace: String { isSelected ? "the profile that AWS_PROFILE names" : "the default profile" }

    /// - Parameter place: the profile for people: `the default profile`.
    func profile(_ name: String, place: String) -> AWSProfile? {
        guard config[name] != nil || credentials[name] != nil else { return nil }
        return AWSProfile(name: name, place: place, config: config[name] ?? [:], credentials: credentials[name] ?? [:])
    }

    var selected: AWSProfile? { profile(selectedName, place: selectedPlace) }

    private static func sections(
        _ variable: String, _ file: String, _ environment: [String: String], faults: inout [String]
    ) -> [String: [String: Secret]] {
        let home = environment["HOME"] ?? ""
        let named = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        let path = named.map { $0.hasPrefix("~/") ? home + $0.dropFirst() : $0 } ?? "\(home)/.aws/\(file)"
        let place = named == nil ? "~/.aws/\(file)" : "the file that \(variable) names"
        let isThere = unsafe access(path, F_OK) == 0
        guard named != nil || (!home.isEmpty && isThere) else { return [:] }
        do {
            return try AWSConfigFile(try SecretFile.read(path)).sections
        } catch let error as AWSConfigFile.Malformed {
            faults.append(
                "line \(error.line) of \(place) is not of AWS's configuration format: write [section] and key = value,"
                    + " each once")
        } catch {
            faults.append("the broker cannot read \(place): make it readable for the broker's user")
        }
        return [:]
    }

    /// The profiles by name. In the configuration file, a profile other than `default` is called `[profile NAME]`, with
    /// or without quotation marks.
    private static func profiles(
        _ sections: [String: [String: Secret]], faults: inout [String]
    ) -> [String: [String: Secret]] {
        var profiles: [String: [String: Secret]] = [:]
        for (section, settings) in sections {
            guard let name = profileName(section), profiles.updateValue(settings, forKey: name) != nil else { continue }
            // AWS's SDKs differ in which they read.
            faults.append("a profile is there twice in AWS's configuration file, in two spellings: keep one")
        }
        return profiles
    }

    private static func profileName(_ section: String) -> String? {
        if section == "default" { return section }
        let words = section.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "profile" else { return nil }
        var name = words[1].drop(while: \.isWhitespace)
        while name.last?.isWhitespace == true { name.removeLast() }
        if let mark = name.first, mark == "\"" || mark == "'", name.count > 1, name.last == mark {
            name = name.dropFirst().dropLast()
        }
        return String(name)
    }
}

/// What the two files say about one profile.
struct AWSProfile: Sendable {
    let name: String
    /// The profile for people: `the default profile`.
    let place: String
    fileprivate let config: [String: Secret]
    fileprivate let credentials: [String: Secret]

    /// A setting that is no secret; the credentials file's comes first. Nil also for one that is set to nothing, or to
    /// settings of its own on indented lines.
    subscript(key: String) -> String? {
        (credentials[key] ?? config[key]).flatMap(Self.text)
    }

    private static func text(_ value: Secret) -> String? {
        let text = value.unwipedText
        return text.isEmpty || text.hasPrefix("\n") ? nil : text
    }

    enum KeyFile { case credentials, config }

    /// The file that has an access key, or half of one. The credentials file comes first, whatever else it lacks.
    var keyFile: KeyFile? {
        func hasKey(_ file: [String: Secret]) -> Bool {
            file["aws_access_key_id"] != nil || file["aws_secret_access_key"] != nil
        }
        return hasKey(credentials) ? .credentials : hasKey(config) ? .config : nil
    }

    /// The access key in the file that has one. Nil if there is none, or it is not one that AWS issues.
    var accessKey: AWSCredentials? {
        guard let keyFile else { return nil }
        let file =
            switch keyFile {
            case .credentials: credentials
            case .config: config
            }
        guard let id = file["aws_access_key_id"].flatMap(Self.text), let key = file["aws_secret_access_key"]
        else { return nil }
        let token = file["aws_session_token"].flatMap { $0.byteCount == 0 ? nil : $0 }
        return AWSCredentials(accessKeyID: id, secretAccessKey: key, sessionToken: token, expires: nil)
    }
}

/// The access key of a profile, read anew at each sign-in, since somebody may have renewed it.
struct AWSProfileCredentials: AWSCredentialSource {
    let name: String
    private let profile: String
    private let environment: [String: String]

    init(_ profile: AWSProfile, _ environment: [String: String]) {
        name = profile.place
        self.profile = profile.name
        self.environment = environment
    }

    func credentials() async throws(ProviderError) -> AWSCredentials {
        var faults: [String] = []
        let profiles = AWSProfiles(environment, faults: &faults)
        guard faults.isEmpty, let credentials = profiles.profile(profile, place: name)?.accessKey else {
            throw ProviderError(.unauthenticated, during: AWSOperation.profile.rawValue)
        }
        return credentials
    }
}
