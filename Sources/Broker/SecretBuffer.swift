/// Builds a `Secret` piece by piece, in memory that is wiped when it is outgrown or dropped. Bounded: what would exceed
/// `limit` is refused, and what was appended before stays as it was.
package struct SecretBuffer: ~Copyable {
    package struct Overflow: Error {}

    /// The maximum size, in bytes.
    package let limit: Int
    package private(set) var byteCount = 0
    private var memory: SecretMemory

    package init(limit: Int, capacity: Int = 512) {
        self.limit = limit
        memory = SecretMemory(capacity: min(limit, capacity))
    }

    package mutating func append(_ bytes: RawSpan) throws(Overflow) {
        let end = byteCount + bytes.byteCount
        guard end <= limit else { throw Overflow() }
        if unsafe end > memory.block.count { grow(to: end) }
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory.block[byteCount..<end]).copyMemory(from: source)
        }
        byteCount = end
    }

    package mutating func append(_ byte: UInt8) throws(Overflow) {
        guard byteCount < limit else { throw Overflow() }
        if unsafe byteCount == memory.block.count { grow(to: byteCount + 1) }
        unsafe memory.block[byteCount] = byte
        byteCount += 1
    }

    /// Appends text that is no secret itself: punctuation, names.
    package mutating func append(_ text: String) throws(Overflow) {
        try unsafe append(text.utf8.span.bytes)
    }

    package consuming func finish() -> Secret {
        Secret(adopting: memory, byteCount: byteCount)
    }

    /// Doubles the memory, so that an append costs amortised constant time; the old block is wiped when released.
    private mutating func grow(to needed: Int) {
        let larger = unsafe SecretMemory(capacity: min(limit, max(needed, memory.block.count * 2)))
        unsafe larger.block.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory.block[..<byteCount]))
        memory = larger
    }
}
