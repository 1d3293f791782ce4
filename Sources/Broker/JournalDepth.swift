package struct JournalDepth: Sendable, Hashable {
    /// The number of undecided writes.
    package let writing: Int
    /// The number of references to purge whose purge has not succeeded yet.
    package let purging: Int
    /// The number of references that were purged once and wait for a second purge.
    package let repeating: Int
    /// The number of references that the store holds back until a date.
    package let held: Int
    /// When the oldest undecided write was journaled.
    package let oldestWrite: Timestamp?
    /// Since when the oldest purge that has not succeeded has been owed.
    package let oldestPurge: Timestamp?

    package init(
        writing: Int, purging: Int, repeating: Int, held: Int, oldestWrite: Timestamp?, oldestPurge: Timestamp?
    ) {
        self.writing = writing
        self.purging = purging
        self.repeating = repeating
        self.held = held
        self.oldestWrite = oldestWrite
        self.oldestPurge = oldestPurge
    }

    /// Since when the oldest row that is neither repeating nor held has been in its state.
    package var oldest: Timestamp? { [oldestWrite, oldestPurge].compactMap(\.self).min() }
}

/// For whoever shows how much the journal holds, or waits until it holds less.
package protocol JournalGauge: Sendable {
    func journalDepth() async throws(CatalogError) -> JournalDepth
}
