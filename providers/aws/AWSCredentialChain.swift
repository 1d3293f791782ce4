import Broker
import Transport

/// Finds out who the broker signs in as. The order of the places is botocore's. The first that is configured decides,
/// and a fault there does not fall through to another identity.
struct AWSCredentialChain {
    let surroundings: Surroundings
    let profiles: AWSProfiles
    let securityTokens: AWSEndpoint

    private typealias Place = (inout [String]) -> (any AWSCredentialSource)?

    private var places: [Place] {
        [environmentKeys, roleOfProfile, environmentWebIdentity, profile, container, instance]
    }

    /// - Returns: nil if there is a fault.
    func source(faults: inout [String]) -> (any AWSCredentialSource)? {
        let faultsBefore = faults.count
        for place in places {
            let source = place(&faults)
            if source != nil || faults.count > faultsBefore { return source }
        }
        return nil
    }

    private func environmentKeys(faults: inout [String]) -> (any AWSCredentialSource)? {
        AWSEnvironmentCredentials(surroundings.environment, faults: &faults)
    }

    /// The role of the selected profile. It comes before a web identity of the environment, as in botocore.
    private func roleOfProfile(faults: inout [String]) -> (any AWSCredentialSource)? {
        guard let profile = profiles.selected else {
            if profiles.isSelected {
                faults.append(
                    "AWS_PROFILE names a profile that is in neither of AWS's shared files: correct it, or unset it")
            }
            return nil
        }
        return role(of: profile, visited: [profile.name], faults: &faults)
    }

    private func environmentWebIdentity(faults: inout [String]) -> (any AWSCredentialSource)? {
        func setting(_ variable: String) -> AWSRoleSession.Setting? {
            surroundings.environment[variable].flatMap { $0.isEmpty ? nil : (variable, $0) }
        }
        switch (setting("AWS_WEB_IDENTITY_TOKEN_FILE"), setting("AWS_ROLE_ARN")) {
        case (nil, nil): return nil
        case (let file?, let role?):
            return AWSRoleSession(role: role, name: setting("AWS_ROLE_SESSION_NAME"), faults: &faults).map {
                AWSWebIdentityCredentials($0, tokenFile: file.text, securityTokens, in: surroundings)
            }
        case (nil, .some), (.some, nil):
            faults.append(
                "only one of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN is set: set both, or neither to sign in by"
                    + " another way")
            return nil
        }
    }

    private func profile(faults: inout [String]) -> (any AWSCredentialSource)? {
        profiles.selected.flatMap { source(of: $0, faults: &faults) }
    }

    func container(faults: inout [String]) -> (any AWSCredentialSource)? {
        AWSContainerCredentials(surroundings.environment, http: surroundings.http, faults: &faults)
    }

    func instance(faults: inout [String]) -> (any AWSCredentialSource)? {
        AWSInstanceMetadata(surroundings.environment, http: surroundings.http, faults: &faults)
    }
}
