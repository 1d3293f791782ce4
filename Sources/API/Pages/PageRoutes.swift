import HTTPTypes
import Hummingbird

/// A page or a form. The table below is everything that people see and do in a browser.
struct PageRoute: Sendable {
    enum Handler: Sendable {
        /// A file of the program's own, the same for everybody.
        case asset(Asset)
        /// For anybody. The handler learns who is signed in.
        case open(@Sendable (Request, Visit?) async throws(APIError) -> Response)
        /// The form that begins a session.
        case signIn
        /// For whoever is signed in; the rules decide what the token may do.
        case view(@Sendable (Visit) async throws(APIError) -> Response)
        /// A form of such a page, with its fields. It answers with where to go next; an error is shown by the page at
        /// the same path.
        case form(Set<String>, @Sendable (Visit, Form) async throws(APIError) -> FormOutcome)
    }

    let method: HTTPRequest.Method
    let path: String
    /// As of the call of the API that does the same.
    let use: Route.Use?
    let handler: Handler

    private init(
        _ method: HTTPRequest.Method, _ path: String, measured use: Route.Use? = nil, _ handler: Handler
    ) {
        self.method = method
        self.path = path
        self.use = use
        self.handler = handler
    }

    static func table(_ services: Services, _ templates: Templates) -> [PageRoute] {
        let signIn = SignInPage(templates: templates)
        let teams = TeamsPage(services: services, templates: templates)
        let secrets = SecretsPage(services: services, templates: templates)
        let add = AddSecretPage(services: services, templates: templates)
        let rotate = RotateSecretPage(services: services, templates: templates)
        let delete = DeleteSecretPage(services: services, templates: templates)
        let activity = ActivityPage(services: services, templates: templates)
        return [
            PageRoute(.get, "/", .open(signIn.home)),
            PageRoute(.get, "/sign-in", .open(signIn.show)),
            PageRoute(.post, "/sign-in", .signIn),
            PageRoute(.post, "/sign-out", .form([], signIn.signOut)),
            PageRoute(.get, "/teams", .view(teams.show)),
            PageRoute(.get, "/teams/{team}", .view(secrets.show)),
            PageRoute(.get, "/teams/{team}/secrets/new", .view(add.show)),
            PageRoute(
                .post, "/teams/{team}/secrets/new", measured: .write, .form(["name", "value"], add.submit)),
            PageRoute(.get, "/teams/{team}/secrets/{name}/rotate", .view(rotate.show)),
            PageRoute(
                .post, "/teams/{team}/secrets/{name}/rotate", measured: .write,
                .form(["version", "value"], rotate.submit)),
            PageRoute(.get, "/teams/{team}/secrets/{name}/delete", .view(delete.show)),
            PageRoute(
                .post, "/teams/{team}/secrets/{name}/delete", measured: .write,
                .form(["version", "in-use"], delete.submit)),
            PageRoute(.get, "/activity", .view(activity.show)),
            PageRoute(.get, "/teams/{team}/activity", .view(activity.show)),
        ] + webhooks(services, templates) + Asset.all.map { PageRoute(.get, $0.path, .asset($0)) }
    }

    private static func webhooks(_ services: Services, _ templates: Templates) -> [PageRoute] {
        let list = WebhooksPage(services: services, templates: templates)
        let edit = EditWebhookPage(services: services, templates: templates)
        let confirm = ConfirmWebhookPage(services: services, templates: templates)
        let test = TestWebhookPage(services: services, templates: templates)
        let delete = DeleteWebhookPage(services: services, templates: templates)
        let relay = RelayPage(services: services, templates: templates)
        return [
            PageRoute(.get, "/teams/{team}/webhooks", .view(list.show)),
            PageRoute(.get, "/teams/{team}/webhooks/new", .view(edit.show)),
            PageRoute(.post, "/teams/{team}/webhooks/new", .form(WebhookForm.fields, edit.submit)),
            PageRoute(.get, "/teams/{team}/webhooks/{webhook}/edit", .view(edit.show)),
            PageRoute(.post, "/teams/{team}/webhooks/{webhook}/edit", .form(WebhookForm.fields, edit.submit)),
            PageRoute(.get, "/teams/{team}/webhooks/{webhook}/confirm", .view(confirm.show)),
            PageRoute(
                .post, "/teams/{team}/webhooks/{webhook}/confirm", .form(["url", "revision"], confirm.submit)),
            PageRoute(.get, "/teams/{team}/webhooks/{webhook}/test", .view(test.show)),
            PageRoute(
                .post, "/teams/{team}/webhooks/{webhook}/test", measured: .relay, .form(["payload"], test.submit)),
            PageRoute(.get, "/teams/{team}/webhooks/{webhook}/delete", .view(delete.show)),
            PageRoute(.post, "/teams/{team}/webhooks/{webhook}/delete", .form(["revision"], delete.submit)),
            PageRoute(.get, "/teams/{team}/webhooks/{webhook}/relay", .view(relay.show)),
            PageRoute(.post, "/teams/{team}/webhooks/{webhook}/relay", .form(["name"], relay.submit)),
        ]
    }
}

/// Where a form leads, and what the page there says.
struct FormOutcome {
    let path: String
    var notice: Notice?
    var endsSession = false
    /// Whether a webhook's destination answered with an error, of which the page tells.
    var isRefusedByDestination = false
}
