import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A server on loopback that does to each of its connections what a script says, down to the byte.
final class RawServer: Sendable {
    private struct State {
        var accepted = 0
        var open = 0
        var mostOpen = 0
        var isStopped = false
    }

    let port: Int
    /// The head of each request, as it came in.
    let requests: AsyncStream<RawRequest>
    /// One element for each connection that its script has finished with.
    let ends: AsyncStream<Void>
    private let listener: Int32
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - host: an address of loopback.
    ///   - port: 0 lets the system choose.
    ///   - script: runs on a thread of its own; when it returns, the connection is closed.
    init(
        at host: UInt32 = 0x7f00_0001, port wanted: Int = 0, _ script: @escaping @Sendable (RawConnection) -> Void
    ) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        address.sin_port = UInt16(wanted).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 256) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        let (requests, request) = AsyncStream.makeStream(of: RawRequest.self)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        self.requests = requests
        self.ends = ends
        let state = state
        Thread.detachNewThread {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0, !state.withLockedValue({ $0.isStopped }) else { break }
                state.withLockedValue { state in
                    state.accepted += 1
                    state.open += 1
                    state.mostOpen = max(state.mostOpen, state.open)
                }
                Thread.detachNewThread {
                    script(RawConnection(socket: connection, request: request))
                    state.withLockedValue { $0.open -= 1 }
                    close(connection)
                    end.yield()
                }
            }
            close(descriptor)
        }
    }

    deinit {
        state.withLockedValue { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var accepted: Int { state.withLockedValue { $0.accepted } }
    var mostOpen: Int { state.withLockedValue { $0.mostOpen } }

    /// Answers every request of every connection alike.
    static func answering(_ answer: String) throws -> RawServer {
        try RawServer { connection in
            while connection.readRequest() != nil { connection.write(answer) }
        }
    }

    /// Takes a request and never answers; leaves when the client does.
    static func stalling() throws -> RawServer {
        try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.waitForClose()
        }
    }
}

struct RawRequest: Sendable {
    let head: String
    let body: [UInt8]

    var lines: [String] { head.split(separator: "\r\n").map(String.init) }
}

struct RawConnection: Sendable {
    let socket: Int32
    let request: AsyncStream<RawRequest>.Continuation

    /// Nil when the client has closed.
    func readRequest() -> RawRequest? {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = read(1).first else { return nil }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        let length =
            text.lowercased().split(separator: "\r\n")
            .first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        var body: [UInt8] = []
        while body.count < length {
            let piece = read(length - body.count)
            guard !piece.isEmpty else { return nil }
            body += piece
        }
        let received = RawRequest(head: text, body: body)
        request.yield(received)
        return received
    }

    func read(_ most: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            unsafe count = max(0, recv(socket, buffer.baseAddress, most, 0))
        }
    }

    func write(_ text: String) {
        write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes { bytes in
                unsafe send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            written += count
        }
    }

    func waitForClose() {
        while !read(4096).isEmpty {}
    }

    /// Makes the end of the script a reset in the place of a close.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// An answer with its length.
func answer(_ status: String = "200 OK", _ headers: [String] = [], _ body: String = "") -> String {
    let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)"]
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}
