import Broker

/// The query protocol's answers: XML in STS's namespace.
extension CloudAnswer {
    static func callerIdentity(_ credential: AWSCredential, account: String) -> CloudAnswer {
        let name = SecurityTokenOperation.getCallerIdentity.rawValue
        return securityToken(200, name + "Response") { id in
            [
                .text("<\(name)Result><Arn>\(arn(of: credential, account))</Arn>"),
                .text("<UserId>\(userID(of: credential))</UserId><Account>\(account)</Account></\(name)Result>"),
                .text("<ResponseMetadata><RequestId>\(id)</RequestId></ResponseMetadata>"),
            ]
        }
    }

    static func session(
        _ credential: AWSCredential, account: String, by operation: SecurityTokenOperation
    ) -> CloudAnswer {
        let name = operation.rawValue
        return securityToken(200, name + "Response") { id in
            var parts: [Part] = [
                .text("<\(name)Result><AssumedRoleUser><Arn>\(arn(of: credential, account))</Arn>"),
                .text("<AssumedRoleId>\(userID(of: credential))</AssumedRoleId></AssumedRoleUser><Credentials>"),
                .text("<AccessKeyId>\(credential.accessKeyID)</AccessKeyId>"),
                .text("<SecretAccessKey>"), .secret(credential.secretAccessKey), .text("</SecretAccessKey>"),
            ]
            if let token = credential.sessionToken {
                parts += [.text("<SessionToken>"), .secret(token), .text("</SessionToken>")]
            }
            if let expires = credential.expires { parts.append(.text("<Expiration>\(expires.rfc3339)</Expiration>")) }
            parts.append(.text("</Credentials></\(name)Result>"))
            parts.append(.text("<ResponseMetadata><RequestId>\(id)</RequestId></ResponseMetadata>"))
            return parts
        }
    }

    static func securityToken(_ fault: SecurityTokenFault) -> CloudAnswer {
        let message = fault.message.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return securityToken(fault.status, "ErrorResponse") { id in
            [
                .text("<Error><Type>Sender</Type><Code>\(fault.code)</Code><Message>\(message)</Message></Error>"),
                .text("<RequestId>\(id)</RequestId>"),
            ]
        }
    }

    private enum Part {
        case text(String)
        case secret(Secret)
    }

    private static func securityToken(
        _ status: Int, _ root: String, containing parts: (_ requestID: String) -> [Part]
    ) -> CloudAnswer {
        let id = RandomText.uuid()
        let opening = Part.text("<\(root) xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">")
        var body = SecretBuffer(limit: 65_536)
        for part in [opening] + parts(id) + [.text("</\(root)>")] {
            // What is written here is bounded by what a request may contain.
            switch part {
            case .text(let text): try? body.append(text)
            case .secret(let secret):
                try? secret.withBytes { bytes throws(SecretBuffer.Overflow) in try body.append(bytes) }
            }
        }
        return CloudAnswer(
            status: status, headers: [("Content-Type", "text/xml"), ("x-amzn-RequestId", id)], body: body.finish())
    }

    private static func arn(of credential: AWSCredential, _ account: String) -> String {
        let service = credential.principal.hasPrefix("assumed-role/") ? "sts" : "iam"
        return "arn:aws:\(service)::\(account):\(credential.principal)"
    }

    /// A user's id; for a session, the role's id and the session's name.
    private static func userID(of credential: AWSCredential) -> String {
        let parts = credential.principal.split(separator: "/")
        return parts.count == 3
            ? "AROA\(credential.accessKeyID.dropFirst(4)):\(parts[2])" : "AIDA\(credential.accessKeyID.dropFirst(4))"
    }
}
