import Broker

/// What surrounds every page: who is signed in, where they can go, and what just happened.
struct Frame {
    struct Link {
        let label: String
        let path: String
        let isCurrent: Bool
    }

    struct Visitor {
        let name: String
        let role: String
        let proof: String
        let links: [Link]
    }

    /// The part of the site that the page is in.
    enum Section { case teams, secrets, webhooks, activity }

    let title: String
    let stylesheet = Asset.stylesheet.link
    let script = Asset.script.link
    let icon = Asset.icon.link
    let visitor: Visitor?
    let notice: Notice?

    /// Whether the browser opens the same address again at once.
    let isAskedAgain: Bool

    /// Makes the frame of a page that needs no session.
    init(title: String, isAskedAgain: Bool = false) {
        self.title = title
        self.isAskedAgain = isAskedAgain
        visitor = nil
        notice = nil
    }

    init(title: String, _ visit: Visit, team: TeamName?, _ section: Section) {
        let caller = visit.caller
        var links: [Link] = []
        func add(_ label: String, _ path: String, _ own: Section, if permission: Permission) {
            if caller.may(permission) { links.append(Link(label: label, path: path, isCurrent: own == section)) }
        }
        add("Teams", "/teams", .teams, if: .readAudit(nil))
        if let team = team ?? caller.grant.team {
            add("Team secrets", .teamPath(team), .secrets, if: .readNames(team))
            add("Webhooks", .webhooksPath(team), .webhooks, if: .readWebhooks(team))
            add("Activity", .teamPath(team) + "/activity", .activity, if: .readAudit(team))
        } else {
            add("Activity", "/activity", .activity, if: .readAudit(nil))
        }
        self.title = title
        isAskedAgain = false
        visitor = Visitor(
            name: caller.actor.name, role: caller.grant.role.rawValue, proof: visit.session.proof, links: links)
        notice = visit.notice
    }
}

extension Caller {
    /// Whether the caller has the permission, to show only what can be done. The rules are asked again when it is done.
    func may(_ permission: Permission) -> Bool {
        (try? require(permission)) != nil
    }
}

extension String {
    /// The names of teams, webhooks and secrets need no encoding in a path.
    static func teamPath(_ team: TeamName) -> String { "/teams/\(team)" }
    static func webhooksPath(_ team: TeamName) -> String { teamPath(team) + "/webhooks" }
    static func webhookPath(_ team: TeamName, _ name: WebhookName) -> String { webhooksPath(team) + "/\(name)" }
    static func secretPath(_ team: TeamName, _ name: SecretName) -> String { teamPath(team) + "/secrets/\(name)" }
}
