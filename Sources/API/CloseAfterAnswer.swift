import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes the connection behind an answer that says `Connection: close`.
final class CloseAfterAnswer: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var closes = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part { closes = head.headerFields[.connection] == "close" }
        guard closes, case .end = part else { return context.write(data, promise: promise) }
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(mode: .all, promise: nil) }
        context.write(data, promise: written)
    }
}
