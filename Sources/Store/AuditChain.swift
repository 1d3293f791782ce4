package import Broker
import Cryptography

extension AuditHead {
    /// The head after one more record: SHA-256 of the hash so far, as text, and the record.
    func appending(_ record: String) -> AuditHead {
        let covered = hash + record
        return AuditHead(seq: seq + 1, hash: unsafe Hex.encode(SHA256.hash(covered.utf8.span.bytes)))
    }
}

/// The result of verifying the audit log; where it is not intact, the first thing that is wrong.
package enum AuditVerdict: Sendable, Hashable {
    /// - Parameter count: the number of records present; earlier ones may have been pruned.
    case intact(count: Int64, head: AuditHead)
    /// This record is not what was written.
    case changed(seq: Int64)
    /// There is no record of this number, although there are later ones.
    case missing(seq: Int64)
    /// The record at this number says that it belongs elsewhere.
    case reordered(seq: Int64)
    /// The log ends before the expected head.
    case tailLost(expected: AuditHead)
}

/// Verifies the chain record by record. Pure: the records come in the order of the log.
package struct AuditChain {
    package private(set) var head: AuditHead
    private let start: AuditHead
    private let kept: [AuditHead]
    private let hashes: [Int64: Set<String>]

    /// - Parameters:
    ///   - start: the head that the records follow: the end of what was pruned.
    ///   - kept: earlier heads of this log, sealed in the catalog or kept elsewhere.
    package init(from start: AuditHead = .start, against kept: [AuditHead]) {
        head = start
        self.start = start
        self.kept = kept
        hashes = Dictionary(grouping: kept, by: \.seq).mapValues { Set($0.map(\.hash)) }
    }

    /// What is wrong with the next record; nil if nothing is.
    /// - Parameter hash: the hash that was kept with the record; nil where none was.
    package mutating func verify(_ record: String, hash: String? = nil, at seq: Int64) -> AuditVerdict? {
        let next = head.appending(record)
        guard seq == next.seq else { return .missing(seq: next.seq) }
        guard let own = AuditRecord.seq(of: record) else { return .changed(seq: seq) }
        guard own == seq else { return .reordered(seq: seq) }
        guard hash ?? next.hash == next.hash, isAsKept(next) else { return .changed(seq: seq) }
        head = next
        return nil
    }

    /// The verdict after the last record.
    package func conclusion() -> AuditVerdict {
        guard isAsKept(start) else { return .changed(seq: start.seq) }
        if let lost = kept.filter({ $0.seq > head.seq }).max(by: { $0.seq < $1.seq }) {
            return .tailLost(expected: lost)
        }
        return .intact(count: head.seq - start.seq, head: head)
    }

    /// Whether no kept head contradicts this one.
    private func isAsKept(_ head: AuditHead) -> Bool {
        hashes[head.seq].map { $0 == [head.hash] } ?? true
    }
}
