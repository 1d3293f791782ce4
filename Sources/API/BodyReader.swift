import Broker
import Hummingbird
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
        // Begins on this thread, and most often ends there: the body came with the head.
        let reading = Task.immediate { try await body.collect(upTo: limit) }
        let deadline = await deadlines.start { reading.cancel() }
        let result = await withTaskCancellationHandler {
            await reading.result
        } onCancel: {
            reading.cancel()
        }
        await deadlines.end(deadline)
        do {
            return try result.get()
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge
        } catch {
            throw .bodyTooSlow
        }
    }
}
