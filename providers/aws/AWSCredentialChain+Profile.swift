/// How a profile signs in.
extension AWSCredentialChain {
    /// The source for a role that another identity assumes. Nil if the profile has none.
    ///
    /// - Parameter visited: the profiles visited so far, this one last.
    func role(of profile: AWSProfile, visited: [String]) throws(SettingFaults) -> (any AWSCredentialSource)? {
        let place = profile.place
        guard profile.hasRole, let session = try session(of: profile) else { return nil }
        guard profile["mfa_serial"] == nil else {
            throw SettingFaults(
                "mfa_serial of \(place) asks somebody for a code, and nobody is there: let the broker sign in as an"
                    + " identity whose role wants none")
        }
        let base: (any AWSCredentialSource)?
        switch (profile["source_profile"], profile["credential_source"]) {
        case (let source?, nil):
            base = try self.source(named: source, on: visited)
        case (nil, let source?):
            base = try credentialSource(source, of: place)
        case (nil, nil), (.some, .some):
            throw SettingFaults(
                "in \(place) role_arn wants one of source_profile and credential_source, and not both: set one")
        }
        return base.map { AWSAssumedRoleCredentials(session, as: $0, securityTokens, in: surroundings) }
    }

    /// The source that the profile itself has, in botocore's order. Nil if it has none.
    func source(of profile: AWSProfile) throws(SettingFaults) -> (any AWSCredentialSource)? {
        let place = profile.place
        if let file = profile["web_identity_token_file"] {
            guard profile["role_arn"] != nil else {
                throw SettingFaults("in \(place) web_identity_token_file wants a role_arn: set both")
            }
            return try session(of: profile).map {
                AWSWebIdentityCredentials($0, tokenFile: file, of: place, securityTokens, in: surroundings)
            }
        }
        if let unsupported = profile.unsupportedSetting {
            throw SettingFaults(
                "\(unsupported) of \(place) is a way to sign in for people at a terminal, which the broker does not go:"
                    + " give it a role of its instance, pod or web identity, or an access key")
        }
        guard profile.keyFile != nil else { return nil }
        guard profile.accessKey != nil else {
            throw SettingFaults(
                "aws_access_key_id and aws_secret_access_key of \(place) are not a pair that AWS issues, in one file:"
                    + " set both, without quotation marks")
        }
        return AWSProfileCredentials(profile, surroundings.environment)
    }

    private func session(of profile: AWSProfile) throws(SettingFaults) -> AWSRoleSession? {
        func setting(_ key: String) -> AWSRoleSession.Setting? {
            profile[key].map { ("\(key) of \(profile.place)", $0) }
        }
        guard let role = setting("role_arn") else { return nil }
        // A web identity takes neither of these, and botocore passes neither on.
        let isWebIdentity = profile["web_identity_token_file"] != nil
        return try SettingFaults.thrown {
            AWSRoleSession(
                role: role, name: setting("role_session_name"),
                externalID: isWebIdentity ? nil : setting("external_id"),
                duration: isWebIdentity ? nil : setting("duration_seconds"), faults: &$0)
        }
    }

    /// The source of a profile that another names. Its own keys come before its own role, so that it may name itself.
    private func source(
        named name: String, on visited: [String]
    ) throws(SettingFaults) -> any AWSCredentialSource {
        let place = "a source_profile of \(profiles.selectedPlace)"
        guard let profile = profiles.profile(name, place: place) else {
            throw SettingFaults("neither of AWS's shared files has \(place): correct its name")
        }
        let hasKeys = profile.keyFile != nil
        guard !visited.contains(name) || (name == visited.last && hasKeys) else {
            throw SettingFaults(
                "the chain leads from \(place) back to a profile before it: end it with one that has keys")
        }
        let source =
            try profile.hasRole && !hasKeys
            ? role(of: profile, visited: visited + [name]) : source(of: profile)
        guard let source else {
            throw SettingFaults("there is nothing to sign in with in \(place): give it an access key or a role")
        }
        return source
    }

    private func credentialSource(
        _ name: String, of place: String
    ) throws(SettingFaults) -> (any AWSCredentialSource)? {
        switch name {
        case "Ec2InstanceMetadata": return try instance()
        case "EcsContainer":
            guard let source = try container() else {
                throw SettingFaults(
                    "credential_source of \(place) is EcsContainer, and the environment names no endpoint of a"
                        + " container: run the broker in ECS or with EKS Pod Identity, or choose another")
            }
            return source
        case "Environment":
            // Keys of the environment come before any profile, so there are none left for this one.
            throw SettingFaults(
                "credential_source of \(place) is Environment, which has no keys: set AWS_ACCESS_KEY_ID and"
                    + " AWS_SECRET_ACCESS_KEY, and role_arn in the store URI")
        default:
            throw SettingFaults(
                "credential_source of \(place) is neither Ec2InstanceMetadata nor EcsContainer: set one, or a"
                    + " source_profile")
        }
    }
}

extension AWSProfile {
    /// Whether the profile has a role that another identity assumes.
    fileprivate var hasRole: Bool { self["role_arn"] != nil && self["web_identity_token_file"] == nil }

    /// A setting that botocore would use before the keys present, for something that only a person or a program has.
    fileprivate var unsupportedSetting: String? {
        var settings = ["sso_account_id", "sso_role_name"]
        if keyFile != .credentials { settings += ["login_session", "credential_process"] }
        return settings.first { self[$0] != nil }
    }
}
