import Broker
import Glibc
import Store

/// The log's records in order, read page by page.
struct AuditPages {
    let catalog: Catalog
    var team: TeamName?
    let after: Int64
    /// The number of the last record that is wanted.
    var through = Int64.max

    func forEach(_ body: (AuditEntry) throws -> Void) async throws {
        var last = after
        while last < through {
            let page = try await Failure.fromCatalog { [last] () async throws(CatalogError) in
                try await catalog.auditRecords(team: team, after: last, limit: 1000)
            }
            guard let end = page.last else { return }
            for entry in page where entry.seq <= through { try body(entry) }
            last = end.seq
        }
    }
}

/// Prints the sealed segments whose records are old enough, and removes each once it has been printed and found to be
/// as it was sealed.
struct AuditPruning {
    let catalog: Catalog
    let keep: Duration

    /// - Returns: whether any was old enough.
    func run() async throws -> Bool {
        let segments = try await Failure.fromCatalog { () async throws(CatalogError) in
            try await catalog.auditSegments()
        }
        var chain = AuditChain(from: segments.last(where: \.isPruned)?.end ?? .start, against: segments.map(\.end))
        let oldest = catalog.now.adding(.zero - keep)
        let due = segments.filter { !$0.isPruned && $0.last < oldest }
        for segment in due {
            try await requireRoom()
            try await handOver(segment, &chain)
            try await Failure.fromCatalog { () async throws(CatalogError) in
                try await catalog.prune(segment, by: .operatorsShell(requestID: "cli"))
            }
            Terminal.note("removed the records through \(segment.end.seq): \(segment.last.rfc3339)")
        }
        return !due.isEmpty
    }

    /// Before anything is printed: what could not be removed then would be printed once more by the next try.
    private func requireRoom() async throws {
        if let missing = catalog.space?.missing, missing > 0 {
            throw Failure(
                "the disk of the catalog has too little room for what is written before anything is removed: "
                    + "free \(missing.mebibytes) MiB or enlarge the disk first")
        }
        guard await catalog.canAppend() else {
            throw catalog.trouble.map { Failure($0.sentence) } ?? Failure(CatalogError.unavailable)
        }
    }

    private func isChanged(_ segment: AuditSegment) -> Failure {
        Failure(
            "the audit log's records through \(segment.end.seq) are not as they were sealed; they stay: "
                + "see `secret-broker audit verify`")
    }

    private func handOver(_ segment: AuditSegment, _ chain: inout AuditChain) async throws {
        let pages = AuditPages(catalog: catalog, after: chain.head.seq, through: segment.end.seq)
        try await pages.forEach { entry in
            guard chain.verify(entry.json, at: entry.seq) == nil else { throw isChanged(segment) }
            try Terminal.handOver(entry.json)
        }
        guard chain.head == segment.end else { throw isChanged(segment) }
        try Terminal.settle()
    }
}

extension Int {
    /// Bytes in MiB, rounded up.
    var mebibytes: Int { (self + (1 << 20) - 1) >> 20 }
}

/// Records as they were printed, whether they were then pruned or not: one a line.
struct ExportedAudit {
    let path: String

    /// What comes after the last kept head, such as today's records, is not proven, which is noted.
    ///
    /// - Parameter kept: heads that the catalog keeps, or somebody else.
    func verify(against kept: [AuditHead]) throws -> AuditVerdict {
        guard let file = unsafe fopen(path, "r") else {
            throw Failure("\(path) cannot be read: see that it is there and may be read")
        }
        defer { unsafe fclose(file) }
        var chain: AuditChain?
        var begin: Int64 = 0
        while let line = unsafe Self.line(of: file) {
            let seq = AuditRecord.seq(of: line)
            if chain == nil {
                guard let seq, let start = ([.start] + kept).first(where: { $0.seq == seq - 1 }) else {
                    throw Failure("\(path) does not begin where a part of this log begins: export whole days")
                }
                begin = start.seq
                chain = AuditChain(from: start, against: kept)
            }
            let next = (chain?.head.seq ?? 0) + 1
            if let fault = chain?.verify(line, at: seq ?? next) { return fault }
        }
        guard unsafe ferror(file) == 0 else { throw Failure("\(path) cannot be read to its end: see its disk") }
        guard let end = chain?.head else { throw Failure("\(path) holds no record") }
        guard !kept.contains(where: { $0.seq > end.seq }) || kept.contains(end) else {
            throw Failure("\(path) does not end where a part of this log ends: the end of it is missing")
        }
        let proven = kept.filter { $0.seq > begin && $0.seq <= end.seq }.max { $0.seq < $1.seq }
        guard let proven else {
            throw Failure("no record of \(path) is sealed yet: give --head SEQ:HASH, as the broker logged it")
        }
        if proven != end {
            Terminal.note(
                "\(path) ends after the last sealed record \(proven.seq), at \(end.seq): "
                    + "give --head SEQ:HASH, as the broker logged it, to prove the rest")
        }
        return .intact(count: proven.seq - begin, head: proven)
    }

    private static func line(of file: UnsafeMutablePointer<FILE>) -> String? {
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { unsafe free(buffer) }
        let length = unsafe getline(&buffer, &capacity, file)
        guard length > 0, let buffer = unsafe buffer else { return nil }
        let text = unsafe String(decoding: UnsafeRawBufferPointer(start: buffer, count: length), as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
