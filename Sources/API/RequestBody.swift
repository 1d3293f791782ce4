import Hummingbird
import NIOCore
import NIOHTTPTypes

extension Request {
    /// The body, if it is small enough and comes soon enough.
    func body(upTo limit: Int) async throws(APIError) -> ByteBuffer {
        let announced = headers[values: .contentLength].first.flatMap(Int.init)
        if let announced, announced > limit { throw .bodyTooLarge }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge
        } catch {
            throw .bodyTooSlow
        }
    }
}

/// Ends the reading of a connection whose request takes too long to come in. What is answered still leaves.
final class BodyDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private struct Passed: Error {}

    private let limit: TimeAmount
    /// Of the request that is coming in. Nil: none is.
    private var deadline: NIODeadline?
    /// One for many requests: to set and cancel one for each would cost more than most of them take.
    private var timer: Scheduled<Void>?

    init(_ limit: TimeAmount) {
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            let deadline = NIODeadline.now() + limit
            self.deadline = deadline
            if timer == nil { startTimer(context, deadline) }
        case .body: break
        case .end: deadline = nil
        }
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private func startTimer(_ context: ChannelHandlerContext, _ end: NIODeadline) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) { [weak self] in self?.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        guard let deadline else { return }
        guard deadline <= .now() else { return startTimer(context, deadline) }
        self.deadline = nil
        context.fireErrorCaught(Passed())
    }
}
