import Broker
import NIOConcurrencyHelpers

/// Tokens, versions and webhooks as they were read since the last change of any of them. A use may begin with these
/// without asking the database, since the transaction that records the use proves that the state is still the same.
final class AccessMemory: Sendable {
    private struct Contents {
        var state: AccessState?
        var tokens: [TokenHash: Token] = [:]
        var versions: [TeamName: [SecretName: Version]] = [:]
        var webhooks: [TeamName: [WebhookName: WebhookRecord]] = [:]
        var count = 0
    }

    /// The maximum number of entries of all kinds. Beyond it, all are forgotten.
    private static let limit = 10_000

    private let contents = NIOLockedValueBox(Contents())

    /// The number of entries of all kinds.
    var count: Int { contents.withLockedValue(\.count) }

    func token(hashed hash: TokenHash) -> (token: Token, state: AccessState)? {
        contents.withLockedValue { contents in
            guard let token = contents.tokens[hash], let state = contents.state else { return nil }
            return (token, state)
        }
    }

    /// The versions in the order of `names`; nil unless all of them are remembered in this state.
    func versions(of names: [SecretName], in team: TeamName, as state: AccessState) -> [Version]? {
        contents.withLockedValue { contents in
            guard contents.state == state, let known = contents.versions[team] else { return nil }
            var versions: [Version] = []
            versions.reserveCapacity(names.count)
            for name in names {
                guard let version = known[name] else { return nil }
                versions.append(version)
            }
            return versions
        }
    }

    func webhook(_ name: WebhookName, in team: TeamName, as state: AccessState) -> WebhookRecord? {
        contents.withLockedValue { contents in
            contents.state == state ? contents.webhooks[team]?[name] : nil
        }
    }

    func keep(_ token: Token, hashed hash: TokenHash, as state: AccessState) {
        keep(as: state) { contents in
            if contents.tokens.updateValue(token, forKey: hash) == nil { contents.count += 1 }
        }
    }

    func keep(_ versions: [SecretName: Version], of team: TeamName, as state: AccessState) {
        keep(as: state) { contents in
            for (name, version) in versions
            where contents.versions[team, default: [:]].updateValue(version, forKey: name) == nil {
                contents.count += 1
            }
        }
    }

    func keep(_ record: WebhookRecord, as state: AccessState) {
        keep(as: state) { contents in
            let known = contents.webhooks[record.team, default: [:]].updateValue(record, forKey: record.webhook.name)
            if known == nil { contents.count += 1 }
        }
    }

    private func keep(as state: AccessState, _ insert: (inout Contents) -> Void) {
        contents.withLockedValue { contents in
            if let present = contents.state, present != state {
                // What was read before the last change may come late.
                guard present.epoch != state.epoch || present.changes < state.changes else { return }
                contents = Contents()
            }
            if contents.count >= Self.limit { contents = Contents() }
            contents.state = state
            insert(&contents)
        }
    }
}
