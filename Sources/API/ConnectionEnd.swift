import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Takes one request after another on a connection, and ends it: when a request takes too long to arrive, when next to
/// nothing of an answer is taken for as long, and after the answer that was ordered to be the last one.
///
/// A last answer may leave before its request has fully arrived. Closing at once would answer the rest with a reset,
/// which makes the sender lose what it has not read yet: the answer. So only this side's half is closed, and what still
/// arrives is dropped, to its end or to the deadline. A request that was sent after it is never begun.
final class ConnectionEnd: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    fileprivate enum Order { case lastAnswer }
    private enum LastAnswer { case none, ordered, sent }
    private struct TooSlow: Error {}

    /// How much of an answer a client has to take within the limit, in bytes, so that none holds one in memory for hours.
    private static let leastTaken = 64 << 10

    private let limit: TimeAmount
    private var lastAnswer = LastAnswer.none
    /// Whether a request is being answered: from its head to the end of its answer.
    private var isAnswering = false
    /// The parts of requests that came after the one being answered: no more than one reading of the socket brought.
    private var held: [NIOAny] = []
    private var isReadHeld = false
    /// The deadline of the request that is arriving; nil if there is none.
    private var deadline: NIODeadline?
    /// One timer for many requests: setting and cancelling one for each would cost more than most of them take.
    private var timer: Scheduled<Void>?
    private var stall: Scheduled<Void>?
    /// Whether the connection was ordered to close while an answer was leaving.
    private var isClosing = false
    private var isShuttingDown = false

    /// - Parameter limit: the time for a request to arrive, and for an answer to make some progress.
    init(limit: TimeAmount) {
        self.limit = limit
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        stall?.cancel()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        receive(data, context)
    }

    private func receive(_ data: NIOAny, _ context: ChannelHandlerContext) {
        guard held.isEmpty else { return held.append(data) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard !isAnswering else { return held.append(data) }
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
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    /// Tells a client that asks whether to send the body to do so.
    private func letGoOn(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields[values: .expect].contains(where: { $0.lowercased() == "100-continue" }) else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// Goes on with the next of the requests that were held.
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
        // Ends the reading; the answer still leaves.
        context.fireErrorCaught(TooSlow())
    }

    // MARK: Answers

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Order else { return context.triggerUserOutboundEvent(event, promise: promise) }
        lastAnswer = .ordered
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What was not written when the close was ordered is never sent.
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
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

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        if isClosing || !context.channel.isWritable { watch(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Closes the connection of a client that takes next to nothing of an answer, as of one that sends nothing of a request.
    /// Whether it takes something is looked up: the channel tells no sooner than when nearly all is taken.
    private func watch(_ context: ChannelHandlerContext) {
        stall?.cancel()
        let before = unsent(context)
        stall = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in
            guard let self else { return }
            // An answer that was on its way here when the watch began may have made it more.
            let taken = before - unsent(context)
            if (0..<Self.leastTaken).contains(taken) { context.close(promise: nil) } else { watch(context) }
        }
    }

    /// How many bytes the system has not taken yet.
    private func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: The end

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { isShuttingDown = true }
        context.fireUserInboundEventTriggered(event)
    }

    /// Lets an answer that is leaving leave first: whoever closes an idle connection takes it for idle as soon as its
    /// answer is written. But a client that takes its time does not hold up the end of the server.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, !isShuttingDown, unsent(context) > 0 else {
            return context.close(mode: mode, promise: promise)
        }
        isClosing = true
        watch(context)
        let left = context.eventLoop.makePromise(of: Void.self)
        left.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: promise) }
        context.close(mode: .output, promise: left)
    }
}

extension Response {
    /// Makes this the last answer on its connection, and says so in it.
    mutating func closeConnection(_ context: Context) {
        headers[.connection] = "close"
        context.channel.triggerUserOutboundEvent(ConnectionEnd.Order.lastAnswer, promise: nil)
    }
}
