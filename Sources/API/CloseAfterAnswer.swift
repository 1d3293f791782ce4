import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Closes the connection behind the next answer, once that was ordered.
final class CloseAfterAnswer: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    fileprivate enum Order { case closeAfterAnswer }

    private var closes = false

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Order else { return context.triggerUserOutboundEvent(event, promise: promise) }
        closes = true
        promise?.succeed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Looking at the part costs more than all else here.
        guard closes, case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(mode: .all, promise: nil) }
        context.write(data, promise: written)
    }
}

extension Response {
    /// This is the last answer on its connection, and says so.
    mutating func closeConnection(_ context: Context) {
        headers[.connection] = "close"
        context.channel.triggerUserOutboundEvent(CloseAfterAnswer.Order.closeAfterAnswer, promise: nil)
    }
}
