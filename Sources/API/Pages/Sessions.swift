import Broker
import Cryptography
import NIOConcurrencyHelpers

/// Somebody's signed-in browser. It can do what its token can, and ends when the token does: each request asks the
/// catalog for the token again.
struct Session: Sendable {
    /// The SHA-256 of the cookie's value: what is kept here signs nobody in.
    let key: [UInt8]
    let token: TokenHash
    /// The team of its token; nil: all teams.
    let team: TeamName?
    /// What a form on this session's pages carries, and no other page can know.
    let proof: String
    fileprivate(set) var lastUsed: ContinuousClock.Instant
    /// And the path of the page that it was left for.
    fileprivate var notice: (notice: Notice, path: String)?
}

/// The sessions, in memory only: a broker that starts again knows none. They are bounded per token, per team (those for
/// all teams count as one more), and in all. When there is no room, the one that has not been used for the longest time
/// ends: of the same token, of the same team, or in all of the team that has the most, so that a team's sign-ins cannot
/// take what another keeps within its share.
final class Sessions: Sendable {
    static let idle: Duration = .seconds(30 * 60)

    private let limit: Int
    private let limitPerTeam: Int
    private let limitPerToken: Int
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let sessions = NIOLockedValueBox<[[UInt8]: Session]>([:])

    init(
        limit: Int = 1000, limitPerTeam: Int = 250, limitPerToken: Int = 10,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.limit = limit
        self.limitPerTeam = limitPerTeam
        self.limitPerToken = limitPerToken
        self.clock = clock
    }

    var count: Int { sessions.withLockedValue { $0.count } }

    /// - Parameter team: the token's; nil: all teams.
    /// - Returns: the cookie's value, which is not kept.
    func begin(_ token: TokenHash, of team: TeamName?) -> String {
        let id = Base64.urlEncode(SecureRandom().bytes(32))
        let session = Session(
            key: Self.key(of: id), token: token, team: team, proof: Base64.urlEncode(SecureRandom().bytes(32)),
            lastUsed: clock())
        sessions.withLockedValue { sessions in
            sessions = sessions.filter { !isIdle($0.value) }
            Self.makeRoom(in: &sessions, below: limitPerToken) { $0.token == token }
            Self.makeRoom(in: &sessions, below: limitPerTeam) { $0.team == team }
            if sessions.count >= limit { Self.endOne(in: &sessions, for: team) }
            sessions[session.key] = session
        }
        return id
    }

    /// The session of a cookie, which counts as used now. Nil if it is unknown, ended, or idle for too long.
    func session(_ id: String) -> Session? {
        let key = Self.key(of: id)
        return sessions.withLockedValue { sessions in
            guard var session = sessions[key], !isIdle(session) else {
                sessions[key] = nil
                return nil
            }
            session.lastUsed = clock()
            sessions[key] = session
            return session
        }
    }

    func end(_ session: Session) {
        sessions.withLockedValue { $0[session.key] = nil }
    }

    /// Leaves a notice for the session's next page, which is to be at `path`.
    func leave(_ notice: Notice, at path: String, for session: Session) {
        sessions.withLockedValue { $0[session.key]?.notice = (notice, path) }
    }

    /// The notice that was left, once. One with an exhibit waits for its own page: another could not show it, or would
    /// show it as its own.
    func takeNotice(for session: Session, at path: String) -> Notice? {
        sessions.withLockedValue { sessions in
            guard let left = sessions[session.key]?.notice, left.notice.exhibit == nil || left.path == path else {
                return nil
            }
            sessions[session.key]?.notice = nil
            return left.notice
        }
    }

    /// Leaves a notice again that the page at `path` could not show, unless there is a later one. A refusal alone was told
    /// by what the page said instead.
    func putBack(_ notice: Notice, at path: String, for session: Session) {
        guard notice.isGood || notice.exhibit != nil else { return }
        sessions.withLockedValue { sessions in
            if sessions[session.key]?.notice == nil { sessions[session.key]?.notice = (notice, path) }
        }
    }

    private func isIdle(_ session: Session) -> Bool { clock() - session.lastUsed > Self.idle }

    private static func key(of id: String) -> [UInt8] { unsafe SHA256.hash(id.utf8.span.bytes) }

    /// Ends a session of the team that would have the most with one more of `team`'s; of `team` itself where it is as
    /// many.
    private static func endOne(in sessions: inout [[UInt8]: Session], for team: TeamName?) {
        var counts = [team: 1]
        for session in sessions.values { counts[session.team, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        let largest = counts[team] == most ? team : counts.first { $0.value == most }?.key ?? team
        let ended = sessions.values.filter { $0.team == largest }.min { $0.lastUsed < $1.lastUsed }
        if let ended { sessions[ended.key] = nil }
    }

    private static func makeRoom(
        in sessions: inout [[UInt8]: Session], below limit: Int, among isCounted: (Session) -> Bool
    ) {
        let counted = sessions.values.filter(isCounted).sorted { $0.lastUsed < $1.lastUsed }
        for session in counted.prefix(max(0, counted.count - limit + 1)) { sessions[session.key] = nil }
    }
}
