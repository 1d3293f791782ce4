import Broker
import Transport

/// Finds out who the broker signs in as. The order of the places is botocore's. The first that is configured decides,
/// and a fault there does not fall through to another identity.
struct AWSCredentialChain {
    let surroundings: Surroundings
    let profiles: AWSProfiles
    let securityTokens: AWSEndpoint

    /// Nil if nothing is configured there.
    private typealias Place = () throws(SettingFaults) -> (any AWSCredentialSource)?

    private var places: [Place] {
        [environmentKeys, roleOfProfile, environmentWebIdentity, profile, container, instance]
    }

    /// - Returns: nil if there is a fault.
    func source(faults: inout [String]) -> (any AWSCredentialSource)? {
        do throws(SettingFaults) {
            for place in places { if let source = try place() { return source } }
        } catch {
            faults += error.sentences
        }
        return nil
    }

    private func environmentKeys() throws(SettingFaults) -> (any AWSCredentialSource)? {
        try SettingFaults.thrown { AWSEnvironmentCredentials(surroundings.environment, faults: &$0) }
    }

    /// The role of the selected profile. It comes before a web identity of the environment, as in botocore.
    private func roleOfProfile() throws(SettingFaults) -> (any AWSCredentialSource)? {
        guard let profile = profiles.selected else {
            guard !profiles.isSelected else {
                throw SettingFaults(
                    "AWS_PROFILE names a profile that is in neither of AWS's shared files: correct it, or unset it")
            }
            return nil
        }
        return try role(of: profile, visited: [profile.name])
    }

    private func environmentWebIdentity() throws(SettingFaults) -> (any AWSCredentialSource)? {
        func setting(_ variable: String) -> AWSRoleSession.Setting? {
            surroundings.environment[variable].flatMap { $0.isEmpty ? nil : (variable, $0) }
        }
        switch (setting("AWS_WEB_IDENTITY_TOKEN_FILE"), setting("AWS_ROLE_ARN")) {
        case (nil, nil): return nil
        case (let file?, let role?):
            let session = try SettingFaults.thrown {
                AWSRoleSession(role: role, name: setting("AWS_ROLE_SESSION_NAME"), faults: &$0)
            }
            return session.map {
                AWSWebIdentityCredentials($0, tokenFile: file.text, securityTokens, in: surroundings)
            }
        case (nil, .some), (.some, nil):
            throw SettingFaults(
                "only one of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN is set: set both, or neither to sign in by"
                    + " another way")
        }
    }

    private func profile() throws(SettingFaults) -> (any AWSCredentialSource)? {
        guard let profile = profiles.selected else { return nil }
        return try source(of: profile)
    }

    func container() throws(SettingFaults) -> (any AWSCredentialSource)? {
        try SettingFaults.thrown {
            AWSContainerCredentials(surroundings.environment, http: surroundings.http, faults: &$0)
        }
    }

    /// Never nil: whoever has configured nothing means the instance.
    func instance() throws(SettingFaults) -> (any AWSCredentialSource)? {
        try SettingFaults.thrown { AWSInstanceMetadata(surroundings.environment, http: surroundings.http, faults: &$0) }
    }
}
