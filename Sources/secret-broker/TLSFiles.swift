import Broker
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The listener's certificate and key, read again when their files change: each new connection takes the present pair.
/// A pair that cannot be used changes nothing.
final class TLSFiles: Sendable {
    /// The time and identity of a file: a renewed one has another time, or is another file.
    private struct Stamp: Equatable {
        let changed: Date?
        let number: Int?

        init(_ path: String) {
            let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
            changed = attributes?[.modificationDate] as? Date
            number = attributes?[.systemFileNumber] as? Int
        }
    }

    private struct Pair {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
        let expires: Timestamp

        /// The configuration, with forward secrecy in every version: tokens and values pass here.
        var configuration: TLSConfiguration {
            var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
            configuration.minimumTLSVersion = .tlsv12
            configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
            return configuration
        }
    }

    private struct State {
        var pair: Pair
        var stamps: [Stamp]
    }

    private let certificate: String
    private let key: String
    private let state: NIOLockedValueBox<State>

    /// - Throws: `Failure` where there is no pair to begin with.
    init(certificate: String, key: String) throws(Failure) {
        self.certificate = certificate
        self.key = key
        let stamps = [Stamp(certificate), Stamp(key)]
        guard let pair = Self.read(certificate, key) else {
            throw Failure(
                "the TLS certificate \(certificate) or key \(key) cannot be used: both must be PEM files that belong together"
            )
        }
        state = NIOLockedValueBox(State(pair: pair, stamps: stamps))
    }

    var configuration: TLSConfiguration {
        var configuration = state.withLockedValue { $0.pair.configuration }
        configuration.sslContextCallback = { [state] _, promise in
            let pair = state.withLockedValue { $0.pair }
            var present = NIOSSLContextConfigurationOverride()
            present.certificateChain = pair.chain
            present.privateKey = pair.key
            promise.succeed(present)
        }
        return configuration
    }

    /// When the present certificate ends. What follows it in its file, an authority's, may have another end, which is no
    /// matter where a client knows a shorter way.
    var expires: Timestamp { state.withLockedValue { $0.pair.expires } }

    enum Change { case none, taken, unusable }

    /// Looks for renewed files. Must be called every few seconds.
    func look() -> Change {
        let stamps = [Stamp(certificate), Stamp(key)]
        guard stamps != state.withLockedValue({ $0.stamps }) else { return .none }
        let pair = Self.read(certificate, key)
        state.withLockedValue { state in
            // Reported once: a file that is only half written has another time when it is whole.
            state.stamps = stamps
            if let pair { state.pair = pair }
        }
        return pair == nil ? .unusable : .taken
    }

    /// Nil unless the key belongs to the certificate.
    private static func read(_ certificate: String, _ key: String) -> Pair? {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), let own = chain.first,
            let key = try? NIOSSLPrivateKey(file: key, format: .pem)
        else { return nil }
        let pair = Pair(
            chain: chain.map { .certificate($0) }, key: .privateKey(key),
            expires: Timestamp(milliseconds: Int64(own.notValidAfter) * 1000))
        return (try? NIOSSLContext(configuration: pair.configuration)) == nil ? nil : pair
    }
}

/// How far off a certificate's end is.
enum CertificateAge {
    case good
    /// It ends within two weeks: whoever renews it has most likely failed to.
    case ending
    case ended

    init(until end: Timestamp, at now: Timestamp) {
        let left = end.since(now)
        self = left <= .zero ? .ended : left < .seconds(14 * 86_400) ? .ending : .good
    }
}

/// Takes a renewed certificate without a restart, and warns once a day of one that ends soon.
struct TLSReloadService: Service {
    private static let interval = Duration.seconds(5)

    let files: TLSFiles
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            var due = ContinuousClock.now
            repeat {
                switch files.look() {
                case .none: break
                case .taken:
                    logger.info("the TLS certificate was read again")
                    due = .now
                case .unusable:
                    logger.error("the TLS files changed and cannot be used: the former certificate stays in use")
                }
                guard due <= .now else { continue }
                warn()
                due = .now + .seconds(86_400)
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }

    private func warn() {
        let end: Logger.Metadata = ["not_after": "\(files.expires.rfc3339)"]
        switch CertificateAge(until: files.expires, at: SystemTime.now()) {
        case .good: break
        case .ending: logger.warning("the TLS certificate ends soon: renew it", metadata: end)
        case .ended: logger.error("the TLS certificate has ended, and clients refuse it: renew it", metadata: end)
        }
    }
}
