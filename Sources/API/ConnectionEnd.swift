import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// One request after another on a connection, and when it ends: with a request that takes too long to come in, with an
/// answer of which nothing is taken for as long, and behind the answer that was ordered to be its last one.
///
/// A last answer may leave before its request is in whole. Closing at once would answer the rest of it with a reset,
/// which takes from the sender what it has not read yet: the answer. So only this side's half is closed, and what goes
/// on coming in is dropped, to its end or to the deadline. A request that was sent behind it is never begun.
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
    /// From a request's head to the end of its answer.
    private var isAnswering = false
    /// Of requests that came behind the one that is being answered: no more than one reading of the socket brought.
    private var held: [HTTPRequestPart] = []
    private var isReadHeld = false
    /// Of the request that is coming in. Nil: none is.
    private var deadline: NIODeadline?
    /// One for many requests: to set and cancel one for each would cost more than most of them take.
    private var timer: Scheduled<Void>?
    private var stall: Scheduled<Void>?

    /// - Parameter limit: for a request to come in, and for what is answered to go on leaving.
    init(limit: TimeAmount) {
        self.limit = limit
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        stall?.cancel()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(unwrapInboundIn(data), context)
    }

    private func receive(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        guard held.isEmpty else { return held.append(part) }
        switch part {
        case .head(let head):
            guard !isAnswering else { return held.append(part) }
            isAnswering = true
            let deadline = NIODeadline.now() + limit
            self.deadline = deadline
            if timer == nil { startTimer(context, deadline) }
            if head.headerFields.contains(.expect) { letGoOn(head, context) }
        case .body: break
        case .end:
            deadline = nil
            if lastAnswer == .sent { return context.close(promise: nil) }
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    /// Who asks whether to send the body is told to.
    private func letGoOn(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields[values: .expect].contains(where: { $0.lowercased() == "100-continue" }) else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// The next of the requests that were held.
    private func release(_ context: ChannelHandlerContext) {
        let parts = held
        held = []
        for part in parts { receive(part, context) }
        context.fireChannelReadComplete()
        guard held.isEmpty, isReadHeld else { return }
        isReadHeld = false
        context.read()
    }

    private func startTimer(_ context: ChannelHandlerContext, _ end: NIODeadline) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) { [weak self] in self?.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        guard let deadline else { return }
        guard deadline <= .now() else { return startTimer(context, deadline) }
        self.deadline = nil
        guard isAnswering else { return context.close(promise: nil) }
        // Ends the reading; what is answered still leaves.
        context.fireErrorCaught(TooSlow())
    }

    // MARK: Answers

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Order else { return context.triggerUserOutboundEvent(event, promise: promise) }
        lastAnswer = .ordered
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        isAnswering = false
        guard lastAnswer == .none else { return writeLast(data, promise, context) }
        context.write(data, promise: promise)
        if !held.isEmpty { release(context) }
    }

    private func writeLast(_ data: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        held = []
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            lastAnswer = .sent
            context.close(mode: deadline == nil ? .all : .output, promise: nil)
        }
        context.write(data, promise: written)
    }

    /// Who takes nothing of an answer holds the connection no longer than who sends nothing of a request.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall =
            context.channel.isWritable
            ? nil : context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(promise: nil) }
        context.fireChannelWritabilityChanged()
    }
}

extension Response {
    /// This is the last answer on its connection, and says so.
    mutating func closeConnection(_ context: Context) {
        headers[.connection] = "close"
        context.channel.triggerUserOutboundEvent(ConnectionEnd.Order.lastAnswer, promise: nil)
    }
}
