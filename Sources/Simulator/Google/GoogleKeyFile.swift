import Broker
import Cryptography
import WireJSON

/// A service account's key as the file that Google's clients read.
struct GoogleKeyFile {
    let account: GoogleAccount
    let tokenURI: String

    var content: Secret {
        let file = JSONObject()
        file.set("type", "service_account")
        file.set("project_id", account.email.split(separator: "@").last.map { String($0.prefix { $0 != "." }) } ?? "")
        file.set("private_key_id", account.keyID)
        account.key.withPEM { try? file.set("private_key", text: $0) }
        file.set("client_email", account.email)
        file.set("client_id", "100000000000000000001")
        file.set("auth_uri", "https://accounts.google.com/o/oauth2/auth")
        file.set("token_uri", tokenURI)
        file.set("universe_domain", "googleapis.com")
        var content: Secret?
        file.write { content = Secret(copying: $0) }
        return content ?? RandomText.secret(1)
    }
}
