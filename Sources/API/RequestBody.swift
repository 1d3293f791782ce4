import HTTPTypes
import Hummingbird
import NIOCore

/// The body of a request, with the room that it takes.
struct RequestBytes {
    let bytes: ByteBuffer
    let share: BodyRoom.Share?
}

extension Request {
    /// The body, if it is small enough, there is room for it, and it comes soon enough. The room is taken before the body
    /// is read: as much as is announced or, where nothing is and it turns out not to be small, as much as is allowed.
    func body(upTo limit: Int, in room: BodyRoom) async throws(APIError) -> RequestBytes {
        let announced = headers[values: .contentLength].first.flatMap(Int.init)
        if let announced, announced > limit { throw .bodyTooLarge }
        var share = try room.share(of: announced ?? 0)
        do {
            guard headers.contains(.transferEncoding) else {
                return RequestBytes(bytes: try await body.collect(upTo: limit), share: share)
            }
            var bytes = ByteBuffer()
            for try await part in body {
                let size = bytes.readableBytes + part.readableBytes
                guard size <= limit else { throw APIError.bodyTooLarge }
                if share == nil, size > BodyRoom.small { share = try room.share(of: limit) }
                bytes.writeImmutableBuffer(part)
            }
            return RequestBytes(bytes: bytes, share: share)
        } catch let error as APIError {
            throw error
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge
        } catch {
            // The deadline has passed; or the sender has gone, whom no answer reaches.
            throw .bodyTooSlow
        }
    }
}
