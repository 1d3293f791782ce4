import Broker

/// What `dev` prints: where the broker is, and calls to paste.
struct Tour {
    /// The cloud's name as people write it, such as AWS.
    let cloud: String
    let url: String
    let admin: Secret
    let resolver: Secret

    func print() {
        Terminal.say(
            """
            SecretBroker is running, with a simulated \(cloud) at the other end. Ctrl-C ends both and forgets everything.

              URL             \(url)
              admin token     \(admin.unwipedText)
              resolver token  \(resolver.unwipedText)
              team            research

            Open the URL in a browser and sign in with the admin token, or paste into another terminal:

              export URL=\(url)
              export ADMIN=\(admin.unwipedText)
              export RESOLVER=\(resolver.unwipedText)

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
