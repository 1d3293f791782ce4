import Broker
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore

/// Reads bodies that are small enough and come soon enough.
struct BodyReader: Sendable {
    private let deadlines: Deadlines

    init(within deadline: Duration) {
        deadlines = Deadlines(after: deadline)
    }

    func collect(_ request: Request, upTo limit: Int) async throws(APIError) -> ByteBuffer {
        if let announced = request.headers[.contentLength].flatMap(Int.init), announced > limit { throw .bodyTooLarge }
        if request.headers[.contentLength] == nil, request.headers[.transferEncoding] == nil { return ByteBuffer() }
        let body = request.body
        let isRead = NIOLockedValueBox(false)
        // Begins on this thread, and most often ends there: the body came with the head.
        let reading = Task.immediate {
            let bytes = try await body.collect(upTo: limit)
            isRead.withLockedValue { $0 = true }
            return bytes
        }
        if isRead.withLockedValue(\.self) { return try await Self.bytes(reading.result) }
        let deadline = await deadlines.start { reading.cancel() }
        let result = await withTaskCancellationHandler {
            await reading.result
        } onCancel: {
            reading.cancel()
        }
        await deadlines.end(deadline)
        return try Self.bytes(result)
    }

    private static func bytes(_ result: Result<ByteBuffer, any Error>) throws(APIError) -> ByteBuffer {
        do {
            return try result.get()
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge
        } catch {
            throw .bodyTooSlow
        }
    }
}
