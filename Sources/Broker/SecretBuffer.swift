/// Builds a `Secret` piece by piece, in memory that is wiped when it grows, is dropped or goes. Bounded: what would
/// pass `limit` is refused, and what was appended before stays as it was.
package struct SecretBuffer: ~Copyable {
    package struct Overflow: Error {}

    /// In bytes.
    package let limit: Int
    private var memory: SecretMemory

    package init(limit: Int, capacity: Int = 512) {
        self.limit = limit
        memory = SecretMemory(capacity: min(limit, capacity))
    }

    package var byteCount: Int { memory.count }

    package mutating func append(_ bytes: RawSpan) throws(Overflow) {
        let end = memory.count + bytes.byteCount
        guard end <= limit else { throw Overflow() }
        if unsafe end > memory.block.count { grow(to: end) }
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory.block[memory.count..<end]).copyMemory(from: source)
        }
        memory.count = end
    }

    package mutating func append(_ byte: UInt8) throws(Overflow) {
        guard memory.count < limit else { throw Overflow() }
        if unsafe memory.count == memory.block.count { grow(to: memory.count + 1) }
        unsafe memory.block[memory.count] = byte
        memory.count += 1
    }

    /// Text that is no secret itself: punctuation, names.
    package mutating func append(_ text: String) throws(Overflow) {
        try unsafe append(text.utf8.span.bytes)
    }

    package consuming func finish() -> Secret {
        Secret(adopting: memory)
    }

    /// Doubles, so that appending costs amortised constant time; the old block is wiped as it goes.
    private mutating func grow(to needed: Int) {
        let larger = unsafe SecretMemory(capacity: min(limit, max(needed, memory.block.count * 2)))
        unsafe larger.block.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory.block[..<memory.count]))
        larger.count = memory.count
        memory = larger
    }
}
