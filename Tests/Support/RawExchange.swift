import Foundation
import Glibc

/// One request on a TCP connection of its own, and every byte that comes back, without a client library, which would
/// hide how a connection ends.
package struct RawExchange: Sendable {
    package enum Ending: Sendable { case closed, reset }
    package struct CannotConnect: Error {}
    /// The server has closed the connection before it had taken all.
    package struct CutOff: Error {}
    /// The server has taken and given nothing for as long as is waited for it.
    package struct NothingCame: Error {}

    private static let patience = Duration.seconds(60)

    package let bytes: [UInt8]
    package let ending: Ending

    /// The status in the answer's first line; 0 if there is none.
    package var status: Int {
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    package var body: String {
        text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? ""
    }

    package func header(_ name: String) -> String? {
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        let line = lines.first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
        return line.map { String($0.dropFirst(name.count + 2)) }
    }

    private var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Sends and reads to the end.
    /// - Parameter second: bytes to send on the same connection after a pause.
    package static func send(
        _ request: [UInt8], port: Int, then second: [UInt8] = [], after pause: Duration = .zero
    ) async throws -> RawExchange {
        try await send(request, port: port, then: second) {
            if !second.isEmpty { try await Task.sleep(for: pause) }
        }
    }

    /// The same, with what is done between the two on the way.
    package static func send(
        _ request: [UInt8], port: Int, then second: [UInt8], between act: () async throws -> Void
    ) async throws -> RawExchange {
        let socket = try await blocking { try connect(port, sending: request) }
        defer { close(socket) }
        try await act()
        return try await blocking {
            if !second.isEmpty { try write(second, to: socket) }
            return try read(socket)
        }
    }

    /// On a thread of its own.
    private static func blocking<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    /// Sends the request and closes the connection.
    package static func abandon(_ request: [UInt8], port: Int) throws {
        close(try connect(port, sending: request))
    }

    private static func connect(_ port: Int, sending request: [UInt8]) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, size) == 0
            }
        }
        do {
            guard isConnected else { throw CannotConnect() }
            var time = timeval(tv_sec: Int(patience / .seconds(1)), tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
            }
            try write(request, to: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        let began = ContinuousClock.now
        let count = unsafe Glibc.send(descriptor, bytes, bytes.count, 0)
        guard ContinuousClock.now - began < patience else { throw NothingCame() }
        guard count == bytes.count else { throw CutOff() }
    }

    private static func read(_ descriptor: Int32) throws -> RawExchange {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { throw NothingCame() }
            if count <= 0 { return RawExchange(bytes: received, ending: count == 0 ? .closed : .reset) }
            received += buffer[..<count]
        }
    }
}
