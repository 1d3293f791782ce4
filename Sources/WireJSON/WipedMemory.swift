import CJansson

/// A block of memory that is wiped when it is freed.
@safe struct WipedMemory: ~Copyable {
    let block: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        unsafe block = .allocate(byteCount: max(byteCount, 1), alignment: 1)
    }

    deinit {
        unsafe cjansson_wipe(block.baseAddress, block.count)
        unsafe block.deallocate()
    }
}
