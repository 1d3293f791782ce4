import Broker

/// A session of a role, as it is requested from STS.
struct AWSRoleSession: Sendable {
    typealias Setting = (name: String, text: String)

    /// The caller that CloudTrail shows, if nobody sets another.
    static let defaultName = "secret-broker"

    let role: String
    let name: String
    let externalID: String?
    /// The duration in seconds; nil for STS's own, an hour.
    let duration: Int?

    /// Nil, with a sentence for each fault, unless all parts conform to STS's API model.
    init?(
        role: Setting, name: Setting? = nil, externalID: Setting? = nil, duration: Setting? = nil,
        faults: inout [String]
    ) {
        let faultsBefore = faults.count
        if !Self.isRole(role.text) {
            faults.append(
                "\(role.name) is not the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME: copy it from the IAM console")
        }
        if let name, !(2...64).contains(name.text.utf8.count) || !name.text.utf8.allSatisfy(\.isNameCharacter) {
            faults.append(
                "\(name.name) is not 2 to 64 letters, digits and _+=,.@- : correct it, or remove it for"
                    + " \(Self.defaultName)")
        }
        if let id = externalID,
            !(2...1224).contains(id.text.utf8.count)
                || !id.text.utf8.allSatisfy({ $0.isNameCharacter || ":/".utf8.contains($0) })
        {
            faults.append(
                "\(id.name) is not 2 to 1224 letters, digits and _+=,.@:/- : set what the role's trust policy wants")
        }
        self.duration = duration.flatMap { $0.text.utf8.allSatisfy(\.isDigit) ? Int($0.text) : nil }
        if let duration, !(self.duration.map { (900...43_200).contains($0) } ?? false) {
            faults.append(
                "\(duration.name) is not a whole number from 900 to 43200: correct it, or remove it for an hour")
        }
        guard faults.count == faultsBefore else { return nil }
        self.role = role.text
        self.name = name?.text ?? Self.defaultName
        self.externalID = externalID?.text
    }

    private static func isRole(_ arn: String) -> Bool {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return (20...2048).contains(arn.utf8.count) && arn.utf8.allSatisfy(\.isVisible)
            && parts.count == 6 && parts[0] == "arn" && parts[1].hasPrefix("aws") && parts[2] == "iam"
            && parts[3].isEmpty && parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy(\.isDigit)
            && parts[5].hasPrefix("role/") && parts[5].utf8.count > "role/".utf8.count
    }
}

extension UInt8 {
    /// Whether the byte is one of `[A-Za-z0-9_+=,.@-]`, IAM's rule for names.
    var isNameCharacter: Bool {
        isLetterOrDigit || "_+=,.@-".utf8.contains(self)
    }
}
