/// The end of the audit log at some moment: the number of the last record, and the hash that covers all of them.
///
/// Whoever can write the file can also recompute the hashes. A head that is kept elsewhere reveals that, and also that
/// records were cut off at the end.
package struct AuditHead: Sendable, Hashable {
    /// The number of the last record; 0 before the first.
    package let seq: Int64
    /// The hash as 64 lower-case hexadecimal digits; zeros before the first record.
    package let hash: String

    package init(seq: Int64, hash: String) {
        self.seq = seq
        self.hash = hash
    }

    package static let start = AuditHead(seq: 0, hash: String(repeating: "0", count: 64))
}
