import Broker
import WireJSON

extension SecretManager {
    private static let maximumPayloadSize = 65_536

    /// Adds a version with each call, since requests have no id.
    mutating func addSecretVersion(
        to resource: SecretManagerResource, _ body: GoogleMessage, at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        try body.requireOnly(["payload"])
        guard let payload = try body.message("payload") else { throw .invalidField("payload", "it is required") }
        try payload.requireOnly(["data", "dataCrc32c"])
        guard let added = try payload.secret("data").flatMap({ GooglePayload(base64: $0) }) else {
            throw .invalidField("payload.data", "it is required, in Base64")
        }
        guard (1...Self.maximumPayloadSize).contains(added.value.byteCount) else {
            throw .invalidField("payload.data", "it has 1 to \(Self.maximumPayloadSize) bytes")
        }
        let checksum = try payload.integer("dataCrc32c")
        if let checksum, String(checksum) != added.checksum {
            throw GoogleFault(
                .invalidArgument, "The checksum in the SecretPayload does not match the checksum of the data.")
        }
        var secret = try visible(resource, at: now)
        try require(secret.keys, to: "Encrypt")
        let version = secret.add(added, hasClientChecksum: checksum != nil, at: now)
        secret.visibility = secrets[secret.name]?.visibility ?? secret.visibility
        secrets[secret.name] = secret
        return secret.object(of: version)
    }

    mutating func accessSecretVersion(
        _ resource: SecretManagerResource, at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        let (secret, version) = try version(resource, at: now)
        let name = secret.name(of: version)
        guard version.state == .enabled, let payload = version.payload else { throw .inState(version.state, name) }
        try require(version.keys, to: "Decrypt")
        let answer = JSONObject()
        answer.set("name", name)
        answer.set("payload", payload.object)
        return answer
    }

    /// Lists versions, newest first.
    mutating func listSecretVersions(
        of resource: SecretManagerResource, _ query: ReceivedForm, at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        let secret = try visible(resource, at: now)
        return try page(secret.versions.reversed(), as: "versions", query) { secret.object(of: $0) }
    }

    /// Changes a version's state. A destroyed version stays destroyed.
    mutating func set(
        _ state: GoogleVersion.State, _ resource: SecretManagerResource, _ body: GoogleMessage, at now: Timestamp
    ) throws(GoogleFault) -> JSONObject {
        try body.requireOnly(["etag"])
        var (secret, version) = try version(resource, at: now)
        if let etag = try body.text("etag"), !etag.isEmpty, etag != version.etag { throw .etagDiffers }
        guard version.state != .destroyed else { throw .inState(.destroyed, secret.name(of: version)) }
        if version.state != state { version.set(state, at: now) }
        secret.versions[version.number - 1] = version
        secrets[secret.name]?.versions = secret.versions
        return secret.object(of: version)
    }

    /// Requires that keys can be used. The sentences are those of public reports about Cloud KMS. Whether a key is
    /// already checked when its secret is created is not documented; here it is checked when a version needs it.
    private func require(_ names: [String], to use: String) throws(GoogleFault) {
        for name in names {
            switch keys[name] {
            case .enabled: continue
            case .disabled: throw Self.keyIsOff(name, "DISABLED")
            case .pendingDeletion: throw Self.keyIsOff(name, "DESTROY_SCHEDULED")
            case .accessDenied, nil:
                throw GoogleFault(
                    .permissionDenied,
                    "Permission 'cloudkms.cryptoKeyVersions.useTo\(use)' denied on resource '\(name)' (or it may not"
                        + " exist).")
            }
        }
    }

    static func keyIsOff(_ name: String, _ state: String) -> GoogleFault {
        GoogleFault(
            .failedPrecondition, "\(name)/cryptoKeyVersions/1 is not enabled, current state is: \(state).")
    }
}
