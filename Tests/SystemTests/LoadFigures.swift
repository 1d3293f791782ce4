/// What became of the resolves of a load.
struct ResolveCounts {
    var done = 0
    /// Answered with an error, and not answered at all, as while the broker starts anew.
    var refused = 0, unanswered = 0
    /// Saw an older value than the one in force when they began; and one that nobody had written.
    var stale = 0, wrong = 0

    static func + (one: ResolveCounts, other: ResolveCounts) -> ResolveCounts {
        ResolveCounts(
            done: one.done + other.done, refused: one.refused + other.refused,
            unanswered: one.unanswered + other.unanswered, stale: one.stale + other.stale,
            wrong: one.wrong + other.wrong)
    }
}

/// One life of the broker, from its start to SIGTERM or SIGKILL: its resident memory in MiB.
struct BrokerLife {
    /// After a quarter of it under load, after half of it, and before its end.
    let warm: Int, half: Int, end: Int
    let isKilled: Bool
}

/// Of one secret: the number of its value whose rotate was answered last, and of the one that was sent last.
struct RotationProgress {
    var answered = 0, sent = 0
    /// Those that were answered with an error: nobody ever sees them.
    var refused: Set<Int> = []
    var done = 0, refusals = 0, unanswered = 0

    /// That may be in force when nothing is under way.
    func mayBe(_ number: Int?) -> Bool {
        number.map { (answered...sent).contains($0) && !refused.contains($0) } ?? false
    }
}
