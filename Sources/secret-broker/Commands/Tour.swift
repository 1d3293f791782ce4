import Broker

/// What `dev` prints: where the broker is, and calls to paste.
struct Tour {
    /// The cloud's name as people write it, such as AWS.
    let cloud: String
    let url: String
    let admin: Secret
    let resolver: Secret

    func text(_ token: Secret) -> String {
        token.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }

    func print() {
        Terminal.say(
            """
            SecretBroker is running, with a simulated \(cloud) at the other end. Ctrl-C ends both and forgets everything.

              URL             \(url)
              admin token     \(text(admin))
              resolver token  \(text(resolver))
              team            research

            Open the URL in a browser and sign in with the admin token, or paste into another terminal:

              export URL=\(url)
              export ADMIN=\(text(admin))
              export RESOLVER=\(text(resolver))

              # An admin adds a secret. The answer has its name and version, never its value.
              curl -sS -H "Authorization: Bearer $ADMIN" $URL/v1/teams/research/secrets \\
                -d '{"name": "GITHUB_TOKEN", "value": "ghp_the_first"}'

              # An automation resolves a payload with it.
              curl -sS -H "Authorization: Bearer $RESOLVER" $URL/v1/teams/research/resolve \\
                -d '{"payload": {"auth": "Bearer ${GITHUB_TOKEN}"}}'

              # The admin rotates it: from now on only the new value resolves.
              curl -sS -H "Authorization: Bearer $ADMIN" -X PUT $URL/v1/teams/research/secrets/GITHUB_TOKEN \\
                -d '{"value": "ghp_the_second"}'
              curl -sS -H "Authorization: Bearer $RESOLVER" $URL/v1/teams/research/resolve \\
                -d '{"payload": {"auth": "Bearer ${GITHUB_TOKEN}"}}'

              # Who did what: every write, and every use before a value left.
              curl -sS -H "Authorization: Bearer $ADMIN" $URL/v1/audit?team=research
            """)
    }
}
