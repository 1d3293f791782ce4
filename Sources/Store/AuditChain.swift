import Cryptography

/// The end of the audit log: the number of its last record, and the hash that covers all of them.
///
/// Whoever can write the file can also compute the hashes anew. A head that is kept elsewhere shows that, and that
/// records were cut off at the end.
package struct AuditHead: Sendable, Hashable {
    /// 0 before the first record.
    package let seq: Int64
    /// 64 lower-case hexadecimal digits; zeros before the first record.
    package let hash: String

    package init(seq: Int64, hash: String) {
        self.seq = seq
        self.hash = hash
    }

    static let start = AuditHead(seq: 0, hash: String(repeating: "0", count: 64))

    /// The head after one more record: SHA-256 of the hash so far, as text, and the record.
    func appending(_ record: String) -> AuditHead {
        let covered = hash + record
        return AuditHead(seq: seq + 1, hash: unsafe Hex.encode(SHA256.hash(covered.utf8.span.bytes)))
    }
}

/// What a look at the whole audit log finds; where it is not intact, the first thing that is wrong.
package enum AuditVerdict: Sendable, Hashable {
    case intact(count: Int64, head: AuditHead)
    /// This record is not the one that was written.
    case changed(seq: Int64)
    /// There is no record of this number, and there are later ones.
    case missing(seq: Int64)
    /// The record in this place says that it belongs elsewhere.
    case reordered(seq: Int64)
    /// The log ends before the head that was expected.
    case tailLost(expected: AuditHead)
}

/// Verifies the chain record by record. Pure: the records come in order of their place in the log.
struct AuditChain {
    private(set) var head = AuditHead.start
    private let anchor: AuditHead?

    /// - Parameter anchor: a head of this log that was kept elsewhere.
    init(anchor: AuditHead?) {
        self.anchor = anchor
    }

    /// What is wrong with the next record; nil if nothing is.
    mutating func verify(_ record: String, hash: String, at seq: Int64) -> AuditVerdict? {
        let next = head.appending(record)
        guard seq == next.seq else { return .missing(seq: next.seq) }
        guard let own = AuditRecord.seq(of: record) else { return .changed(seq: seq) }
        guard own == seq else { return .reordered(seq: seq) }
        guard hash == next.hash, anchor?.seq != seq || anchor == next else { return .changed(seq: seq) }
        head = next
        return nil
    }

    /// After the last record.
    func conclusion() -> AuditVerdict {
        if let anchor, anchor.seq > head.seq { return .tailLost(expected: anchor) }
        return .intact(count: head.seq, head: head)
    }
}
