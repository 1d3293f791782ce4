/// Who is asking, as the token proves it: nothing that a request claims counts.
package struct Caller: Sendable {
    package let actor: Principal
    package let grant: Grant
    package let expires: Timestamp?

    package init(actor: Principal, grant: Grant, expires: Timestamp? = nil) {
        self.actor = actor
        self.grant = grant
        self.expires = expires
    }
}
