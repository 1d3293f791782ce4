import Hummingbird
import NIOCore

extension Request {
    /// The body, if it is small enough and comes soon enough.
    func body(upTo limit: Int) async throws(APIError) -> ByteBuffer {
        let announced = headers[values: .contentLength].first.flatMap(Int.init)
        if let announced, announced > limit { throw .bodyTooLarge }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge
        } catch {
            // The deadline; or the sender has gone, whom no answer reaches.
            throw .bodyTooSlow
        }
    }
}
