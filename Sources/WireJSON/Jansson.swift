import CJansson

enum Jansson {
    /// Gives jansson an allocator that wipes. Whatever calls jansson asks for this first.
    static let isReady: Bool = {
        cjansson_wipe_on_free()
        return true
    }()
}
