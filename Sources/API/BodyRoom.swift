import NIOConcurrencyHelpers

/// What the bodies of requests may take of the memory together, over all connections. Small ones are not counted, since
/// connections are, and are served while large ones have to be refused.
final class BodyRoom: Sendable {
    /// Of a body that is not counted, in bytes.
    static let small = 64 << 10
    private let free: NIOLockedValueBox<Int>

    /// - Parameter size: in bytes.
    init(size: Int) {
        free = NIOLockedValueBox(size)
    }

    /// The room for a body, until it is let go; nil: a small one needs none.
    /// - Throws: `noRoom`.
    func share(of size: Int) throws(APIError) -> Share? {
        guard size > Self.small else { return nil }
        let isTaken = free.withLockedValue { free in
            guard size <= free else { return false }
            free -= size
            return true
        }
        guard isTaken else { throw .noRoom }
        return Share(size: size, of: self)
    }

    /// Held by whoever holds the body.
    final class Share: Sendable {
        private let size: Int
        private let room: BodyRoom

        fileprivate init(size: Int, of room: BodyRoom) {
            self.size = size
            self.room = room
        }

        deinit {
            room.free.withLockedValue { $0 += size }
        }
    }
}
