import Hummingbird
import NIOCore

enum RequestBody {
    /// The whole body, if it is small enough and comes soon enough.
    static func collect(
        _ request: Request, upTo limit: Int, within deadline: Duration
    ) async throws(APIError) -> ByteBuffer {
        if let announced = request.headers[.contentLength].flatMap(Int.init), announced > limit { throw .bodyTooLarge }
        if request.headers[.contentLength] == nil, request.headers[.transferEncoding] == nil { return ByteBuffer() }
        let body = request.body
        do {
            return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
                group.addTask { try await body.collect(upTo: limit) }
                group.addTask {
                    try await Task.sleep(for: deadline)
                    throw APIError.bodyTooSlow
                }
                defer { group.cancelAll() }
                return try await group.next() ?? ByteBuffer()
            }
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge
        } catch {
            throw .bodyTooSlow
        }
    }
}
