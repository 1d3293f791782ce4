import Broker
import Cryptography
import Glibc
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// An HTTP/1.1 server on 127.0.0.1 that hands whole requests to a cloud and delivers its answers.
final class LoopbackServer: Sendable {
    /// The maximum size of a body, in bytes. Every cloud here refuses less.
    private static let maximumBodySize = 4 << 20

    struct NotListening: Error {}
    private struct ConnectionEnded: Error {}

    let port: Int
    private let group: ServiceGroup
    private let serving: Task<Void, any Error>
    private let exchanges: Exchanges

    private init(port: Int, group: ServiceGroup, serving: Task<Void, any Error>, exchanges: Exchanges) {
        self.port = port
        self.group = group
        self.serving = serving
        self.exchanges = exchanges
    }

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - security: nil for plain HTTP.
    /// - Throws: the system's error, if it does not give the port.
    static func start(
        port: Int, security: LoopbackSecurity? = nil, clock: @escaping @Sendable () -> Timestamp,
        respond: @escaping @Sendable (CloudRequest) async -> Delivery
    ) async throws -> LoopbackServer {
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let exchanges = Exchanges()
        let http = HTTPServerBuilder.http1()
        let server = try (security.map { try .tls(http, tlsConfiguration: $0.configuration()) } ?? http).buildServer(
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "simulator", factory: { _ in SwiftLogNoOpLogHandler() }),
            responder: { request, writer, channel in
                let certificate = security == nil ? nil : try await Self.clientCertificate(of: channel)
                let delivery = try await exchanges.run {
                    try await Self.answer(request, from: certificate, with: respond)
                }
                try await Self.deliver(delivery, at: clock(), through: writer, of: channel)
            },
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { listening.yield(port) }
            })
        let group = ServiceGroup(
            services: [server], logger: Logger(label: "simulator", factory: { _ in SwiftLogNoOpLogHandler() }))
        let serving = Task {
            defer { listening.finish() }
            try await group.run()
        }
        for await port in ports {
            return LoopbackServer(port: port, group: group, serving: serving, exchanges: exchanges)
        }
        try await serving.value
        throw NotListening()
    }

    /// Takes no more connections, cancels the requests under way and closes every connection. It does not cancel the
    /// server, which would drop a connection that it has just accepted, and that ends the process.
    func stop() async {
        await exchanges.end()
        await group.triggerGracefulShutdown()
        _ = await serving.result
    }

    private static func answer(
        _ request: Request, from certificate: Certificate?, with respond: @Sendable (CloudRequest) async -> Delivery
    ) async throws -> Delivery {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: maximumBodySize)
        } catch is NIOTooManyBytesError {
            return .whole(CloudAnswer(status: 413, contentType: "text/plain", text: ""))
        }
        return await respond(
            CloudRequest(
                method: request.head.method.rawValue, target: request.head.path ?? "/",
                authority: request.head.authority, headers: request.headers, body: Secret(copying: body),
                clientCertificate: certificate))
    }

    private static func clientCertificate(of channel: any Channel) async throws -> Certificate? {
        try await channel.nioSSL_peerCertificate().get().flatMap { Certificate(der: try $0.toDERBytes()) }
    }

    @concurrent private static func deliver(
        _ delivery: Delivery, at now: Timestamp, through writer: consuming ResponseWriter, of channel: any Channel
    ) async throws {
        switch delivery {
        case .whole(let answer):
            try await writer.write(
                response: head(of: answer, at: now), body: ResponseBody(byteBuffer: ByteBuffer(copying: answer.body)))
        #if FaultInjection
        case .half(let answer):
            // The head of an answer without a body is all of it.
            guard answer.body.byteCount > 0 else { throw ConnectionEnded() }
            var body = try await writer.writeHead(head(of: answer, at: now))
            try await body.write(ByteBuffer(copying: answer.body, prefix: answer.body.byteCount / 2))
            throw ConnectionEnded()
        case .reset:
            // Without lingering, closing sends RST instead of FIN.
            if let socket = channel as? any SocketOptionProvider {
                try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            }
            try await closeBelowTLS(channel)
            throw ConnectionEnded()
        #endif
        }
    }

    #if FaultInjection
    /// Closes the connection below TLS, which would first say goodbye.
    private static func closeBelowTLS(_ channel: any Channel) async throws {
        let pipeline = channel.pipeline
        try await channel.eventLoop.flatSubmit {
            guard let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) else {
                return channel.close()
            }
            return tls.close(mode: .all)
        }.get()
    }
    #endif

    private static func head(of answer: CloudAnswer, at now: Timestamp) -> HTTPResponse {
        var head = HTTPResponse(status: HTTPResponse.Status(code: answer.status))
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { head.headerFields[name] = value }
        }
        head.headerFields[.contentLength] = String(answer.body.byteCount)
        head.headerFields[.date] = now.httpDate
        return head
    }
}

/// The requests under way, which end when the server does.
private actor Exchanges {
    private var tasks: [Int: Task<Delivery, any Error>] = [:]
    private var isOver = false
    private var last = 0

    func run(_ exchange: @escaping @Sendable () async throws -> Delivery) async throws -> Delivery {
        guard !isOver else { throw CancellationError() }
        last += 1
        let id = last
        let task = Task { try await exchange() }
        tasks[id] = task
        defer { tasks[id] = nil }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    func end() {
        isOver = true
        for task in tasks.values { task.cancel() }
    }
}

extension Secret {
    init(copying buffer: ByteBuffer) {
        self = unsafe buffer.withUnsafeReadableBytes { unsafe Secret(copying: $0.bytes) }
    }
}

extension ByteBuffer {
    fileprivate init(copying secret: Secret, prefix: Int = .max) {
        self = ByteBuffer()
        secret.withBytes { bytes in
            _ = unsafe bytes.withUnsafeBytes { unsafe writeBytes($0.prefix(prefix)) }
        }
    }
}

extension Timestamp {
    /// The date as RFC 9110 writes it: `Mon, 23 Nov 2026 00:03:43 GMT`.
    var httpDate: String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Int(milliseconds / 86_400_000) % 7
        let basic = basicISO8601
        func digits(_ range: Range<Int>) -> Substring {
            basic.dropFirst(range.lowerBound).prefix(range.count)
        }
        return "\(days[day]), \(digits(6..<8)) \(months[calendar.month - 1]) \(digits(0..<4))"
            + " \(digits(9..<11)):\(digits(11..<13)):\(digits(13..<15)) GMT"
    }
}
