import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// When a connection ends: with a request that takes too long to come in, and behind the answer that was ordered to be
/// its last one.
///
/// A last answer may leave before its request is in whole. Closing at once would answer the rest of it with a reset,
/// which takes from the sender what it has not read yet: the answer. So only this side's half is closed, and what goes
/// on coming in is dropped, to its end or to the deadline.
final class ConnectionEnd: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    fileprivate enum Order { case lastAnswer }
    private enum LastAnswer { case none, ordered, sent }
    private struct TooSlow: Error {}

    private let limit: TimeAmount
    private var lastAnswer = LastAnswer.none
    /// Of the request that is coming in. Nil: none is.
    private var deadline: NIODeadline?
    /// One for many requests: to set and cancel one for each would cost more than most of them take.
    private var timer: Scheduled<Void>?

    /// - Parameter limit: for a request to come in.
    init(limit: TimeAmount) {
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            let deadline = NIODeadline.now() + limit
            self.deadline = deadline
            if timer == nil { startTimer(context, deadline) }
        case .body: break
        case .end:
            deadline = nil
            if lastAnswer == .sent { return context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Order else { return context.triggerUserOutboundEvent(event, promise: promise) }
        lastAnswer = .ordered
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Looking at the part costs more than all else here.
        guard lastAnswer != .none, case .end = unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            lastAnswer = .sent
            context.close(mode: deadline == nil ? .all : .output, promise: nil)
        }
        context.write(data, promise: written)
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
        if lastAnswer == .sent { return context.close(promise: nil) }
        // Ends the reading; what is answered still leaves.
        context.fireErrorCaught(TooSlow())
    }
}

extension Response {
    /// This is the last answer on its connection, and says so.
    mutating func closeConnection(_ context: Context) {
        headers[.connection] = "close"
        context.channel.triggerUserOutboundEvent(ConnectionEnd.Order.lastAnswer, promise: nil)
    }
}
