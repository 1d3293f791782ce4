import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Support
import Testing

@testable import API

/// A server whose one answer is large, over a connection of which the system buffers little.
@Suite("A large answer", .timeLimit(.minutes(1)))
struct SlowClientTests {
    /// Makes the system's buffer small, and tells of the connection's end.
    private final class Buffer: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = Never

        private let ended: @Sendable () -> Void

        init(ended: @escaping @Sendable () -> Void) {
            self.ended = ended
        }

        func handlerAdded(context: ChannelHandlerContext) {
            _ = try? context.channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: 64 << 10)
        }

        func channelInactive(context: ChannelHandlerContext) {
            ended()
            context.fireChannelInactive()
        }
    }

    private static let size = 4 << 20
    private static let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let closing = "GET /closing HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// Lends the server's port, and a stream that tells of an order to close, and finishes when a connection has ended.
    private static func serve(
        limit: TimeAmount, idle: TimeAmount,
        _ body: @Sendable (_ port: Int, _ ended: AsyncStream<Void>) async throws -> Void
    ) async throws {
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let responder = CallbackResponder { (request: Request, context: Context) in
            if request.uri.path == "/closing" {
                context.channel.close(mode: .all, promise: nil)
                end.yield()
                return Response(status: .ok)
            }
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x78, count: Self.size)))
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = Application(
            responder: responder,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [Buffer { end.finish() }, ConnectionEnd(limit: limit)],
                    idleTimeout: idle)),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { running.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let serving = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { running.finish() }
                try await serving.run()
            }
            for await port in ports {
                do { try await body(port, ends) } catch { Issue.record(error) }
                await serving.triggerGracefulShutdown()
            }
            try await group.waitForAll()
        }
    }

    /// Takes a little at a time, and says how much came until it was all or the connection ended.
    private static func takeSlowly(_ port: Int) async throws -> Int {
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 << 10))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: Self.request))
            var count = 0
            for try await part in inbound {
                count += part.readableBytes
                if count > Self.size { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            return count
        }
    }

    @Test(
        "reaches a client to its end that takes it slowly, and is not idle meanwhile",
        arguments: [TimeAmount.seconds(30), .milliseconds(300)])
    func slow(_ idle: TimeAmount) async throws {
        // It takes more than twice as long.
        try await Self.serve(limit: .seconds(1), idle: idle) { port, _ in
            let taken = try await Self.takeSlowly(port)
            #expect(taken > Self.size)
        }
    }

    @Test(
        "of which nothing is taken ends with its connection",
        arguments: [TimeAmount.seconds(30), .milliseconds(300)])
    func stalled(_ idle: TimeAmount) async throws {
        try await Self.serve(limit: .milliseconds(500), idle: idle) { port, ended in
            let answer = try await RawExchange.send(Array(Self.request.utf8), port: port, then: []) {
                for await _ in ended {}
            }
            #expect(answer.bytes.count < Self.size)
        }
    }

    @Test("still leaves where the connection was ordered to close behind it")
    func closing() async throws {
        try await Self.serve(limit: .seconds(10), idle: .seconds(30)) { port, ended in
            let both = Array((Self.request + Self.closing).utf8)
            let answer = try await RawExchange.send(both, port: port, then: []) {
                for await _ in ended { break }
            }
            #expect(answer.bytes.count > Self.size)
            #expect(String(decoding: answer.bytes, as: UTF8.self).ranges(of: "HTTP/1.1 ").count == 1)
        }
    }
}
