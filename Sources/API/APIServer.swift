package import Broker
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
package import NIOSSL

/// The broker's HTTP server.
package struct APIServer: Sendable {
    package enum Security: Sendable {
        case plain
        /// - Parameter end: when the certificate ends that is in use.
        case tls(TLSConfiguration, _ end: @Sendable () -> Timestamp)

        fileprivate var certificateEnd: (@Sendable () -> Timestamp)? {
            switch self {
            case .plain: nil
            case .tls(_, let end): end
            }
        }
    }

    private let services: Services
    private let logger: Logger

    package init(_ services: Services, logger: Logger) {
        self.services = services
        self.logger = logger
    }

    /// A service that listens on `host` and `port`, to be run in a service group. On graceful shutdown it answers what
    /// is under way and takes nothing new.
    ///
    /// - Parameters:
    ///   - isBehindProxy: whether something in front of it does TLS, wherever it listens.
    ///   - bodyDeadline: for a request to come in.
    ///   - bodyRoom: in bytes, for all large bodies together.
    ///   - listening: told the port once connections are accepted; useful when `port` is 0.
    package func application(
        host: String, port: Int, security: Security, isBehindProxy: Bool, bodyDeadline: Duration = .seconds(30),
        bodyRoom: Int = 64 << 20,
        listening: @escaping @Sendable (Int) async -> Void
    ) throws -> some ApplicationProtocol {
        let listener = Listener(certificateEnd: security.certificateEnd)
        let site = Site(host: host, hasTLS: listener.certificateEnd != nil, isBehindProxy: isBehindProxy)
        let door = try Door(
            services: services, site: site, listener: listener, room: BodyRoom(size: bodyRoom), logger: logger)
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionEnd(limit: TimeAmount(bodyDeadline))],
            idleTimeout: .seconds(30),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        let server: HTTPServerBuilder =
            switch security {
            case .plain: .http1(configuration: http)
            case .tls(let tls, _): try .tls(.http1(configuration: http), tlsConfiguration: tls)
            }
        return Application(
            responder: door, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(4096)),
            onServerRunning: { await listening($0.localAddress?.port ?? port) },
            logger: Logger(label: logger.label) { _ in UnnumberedLog(logger: logger) })
    }
}
