/// Bytes that must not be seen: a secret's value, and anything rendered from one.
///
/// `print`, `dump`, interpolation, reflection and failed expectations show `<secret>`. The bytes have one door,
/// `withBytes`, of whose users `ArchitectureTests` has the list, and are wiped when the last copy of the reference goes.
/// Copies share one block of memory.
package struct Secret: Sendable {
    private let memory: SecretMemory
    /// The size in bytes. For checks against a limit; never recorded.
    package let byteCount: Int

    /// Copies `bytes` into memory of its own.
    package init(copying bytes: RawSpan) {
        memory = SecretMemory(capacity: bytes.byteCount)
        byteCount = bytes.byteCount
        unsafe bytes.withUnsafeBytes { source in
            unsafe memory.block.copyMemory(from: source)
        }
    }

    /// Takes over memory of which a `SecretBuffer` has filled `byteCount` bytes.
    init(adopting memory: SecretMemory, byteCount: Int) {
        self.memory = memory
        self.byteCount = byteCount
    }

    /// The one door to the bytes. The compiler sees to it that the span does not outlive `body`.
    package func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory.block[..<byteCount])
        return unsafe try body(bytes.bytes)
    }

    /// Compares in a time that depends on the lengths alone.
    package func matches(_ other: Secret) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var difference: UInt8 = 0
        for offset in 0..<byteCount {
            difference |= unsafe memory.block[offset] ^ other.memory.block[offset]
        }
        return difference == 0
    }

    /// Whether the bytes are UTF-8 text, as every value must be that goes into JSON or a header.
    package var isText: Bool {
        let bytes = unsafe memory.block[..<byteCount].assumingMemoryBound(to: UInt8.self)
        return unsafe (try? UTF8Span(validating: bytes.span)) != nil
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// One block of memory that is wiped before it is given back.
///
/// Sendable without a lock because `block` never changes, and the content only changes while a single owner builds it:
/// `SecretBuffer` cannot be copied, and once it has handed the block to a `Secret` nothing writes.
@safe final class SecretMemory: @unchecked Sendable {
    let block: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        unsafe block = .allocate(byteCount: max(capacity, 1), alignment: 1)
    }

    deinit {
        unsafe wipe(block)
        unsafe block.deallocate()
    }
}

/// Overwrites memory that is about to be freed. Not optimised, so that the call, whose stores nothing reads, is not
/// removed as dead.
@inline(never) @_optimize(none)
func wipe(_ block: UnsafeMutableRawBufferPointer) {
    unsafe overwrite(block)
}

/// Optimised to one `memset`.
@inline(never)
private func overwrite(_ block: UnsafeMutableRawBufferPointer) {
    unsafe block.initializeMemory(as: UInt8.self, repeating: 0)
}
