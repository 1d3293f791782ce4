import Broker
import Glibc
import Store
import UnixSignals

/// The place for a copy of the catalog that is made only to be handed over. Nothing of it stays, also where the process is
/// asked to end; after a crash, or SIGKILL, it may.
struct TransientFile {
    let path: String

    /// - Throws: `Failure` where the copy could fill the catalog's disk, which would stop the broker.
    init(near catalog: CatalogPlace) throws {
        let suffix = "backup-\(getpid())-\(UInt32.random(in: .min ... .max))"
        guard case .file(let own) = catalog else {
            let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
            path = "\(folder)/secret-broker-\(suffix)"
            return
        }
        path = "\(own)-\(suffix)"
        // What is copied goes through the copy's own write-ahead log.
        guard let space = Catalog.space(of: catalog) else { return }
        let lacking = 2 * space.used + CatalogSpace.log - space.free
        guard lacking <= 0 else {
            throw Failure(
                "the disk of the catalog has no room for a copy beside it: name a file on another disk, "
                    + "or free \(lacking.mebibytes) MiB or enlarge the disk first")
        }
    }

    func afterwardsGone(_ work: () async throws -> Void) async throws {
        // A limit on the size of files (`ulimit -f`) is an error of the write.
        signal(SIGXFSZ, SIG_IGN)
        let watch = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit) {
                remove()
                _exit(1)
            }
        }
        defer {
            watch.cancel()
            remove()
        }
        try await work()
    }

    private func remove() {
        for suffix in ["", "-wal", "-shm"] { unsafe unlink(path + suffix) }
    }

    /// Writes it to standard output.
    /// - Throws: `Failure` unless all of it was taken.
    func handOver() throws {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure("the copy that was made at \(path) cannot be read: see its disk") }
        defer { close(file) }
        try unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            while true {
                let count = unsafe read(file, buffer.baseAddress, buffer.count)
                guard count != 0 else { return try Terminal.settle() }
                guard count > 0 else { throw Failure("the copy that was made at \(path) cannot be read: see its disk") }
                try unsafe Terminal.handOver(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
}
