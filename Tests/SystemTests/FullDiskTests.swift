import Foundation
import Support
import Testing

/// A small file system in memory.
private struct SmallDisk {
    let folder: URL

    /// Nil where this process may not mount.
    static func mount(megabytes: Int = 4) async throws -> SmallDisk? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard try await command("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder.path) == 0 else {
            try FileManager.default.removeItem(at: folder)
            return nil
        }
        return SmallDisk(folder: folder)
    }

    private var filler: URL { folder.appendingPathComponent("filler") }

    /// Until not one byte more can be written.
    func fill() {
        _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
        guard let file = try? FileHandle(forWritingTo: filler) else { return }
        while (try? file.write(contentsOf: Data(repeating: 0, count: 4096))) != nil {}
        try? file.close()
    }

    func free() throws { try FileManager.default.removeItem(at: filler) }

    func unmount() async throws {
        _ = try await Self.command("umount", "-l", folder.path)
        try FileManager.default.removeItem(at: folder)
    }

    private static func command(_ words: String...) async throws -> Int32 {
        try await ChildProcess("/usr/bin/env", words).ended()
    }

    static func isPossible() async throws -> Bool {
        guard let disk = try await mount() else { return false }
        try await disk.unmount()
        return true
    }
}

@Suite("With a full disk under the catalog", .enabled("a tmpfs can be mounted") { try await SmallDisk.isPossible() })
struct FullDiskTests {
    @Test("no value leaves and nothing is written; with room again both work, without a restart")
    func fullDisk() async throws {
        let disk = try #require(try await SmallDisk.mount())
        let place = try await Installation(mount: disk.folder)
        let broker = try await place.serve()
        let (admin, resolver) = (place.asAdmin(broker), place.asResolver(broker))
        #expect(try await admin.add("KEY", "the-value").status == 201)
        #expect(try await resolver.resolve("KEY").resolved == "the-value")
        let before = await place.objects()

        disk.fill()
        // The write-ahead log may have pages to spare: each resolve needs one, and soon there is none.
        let refused = try await firstRefusal(resolver)
        #expect(refused?.status == 503)
        #expect(refused?.code == "audit_unavailable")
        #expect(refused?.body.contains("the-value") == false)
        for answer in [try await admin.add("OTHER", "x"), try await admin.rotate("KEY", "x")] {
            #expect(answer.status == 503)
            #expect(answer.code == "audit_unavailable")
        }
        #expect(try await resolver.resolve("KEY").code == "audit_unavailable")
        #expect(await place.objects() == before)
        #expect(await broker.logs("the catalog's disk is full: free room on it or enlarge it"))
        let checked = try await place.run(["check"])
        #expect(checked.status == 1 && checked.output.contains("(disk)"), "\(checked.output)")

        try disk.free()
        #expect(try await resolver.resolve("KEY").resolved == "the-value")
        #expect(try await admin.rotate("KEY", "the-next").status == 200)
        #expect(try await resolver.resolve("KEY").resolved == "the-next")
        #expect(await broker.end() == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
        try await disk.unmount()
    }

    @Test("the audit log is pruned once there is room to write; until then nothing of it is printed or removed")
    func prune() async throws {
        let disk = try #require(try await SmallDisk.mount(megabytes: 48))
        let place = try await Installation(mount: disk.folder)
        try await place.recordOldDays()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        disk.fill()
        let refused = try await place.run(["audit", "export", "--prune"])
        #expect(refused.status == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("free 32 MiB or enlarge the disk first"), "\(refused.errors)")
        #expect(await broker.end() == 0)
        let unopened = try await place.run(["audit", "export", "--prune"])
        #expect(unopened.status == 1 && unopened.output.isEmpty)
        // The broker's end may have given back what its write-ahead log took: then the catalog can be opened.
        let (full, scarce) = ("is full: make room on it, or enlarge it", "free 32 MiB or enlarge the disk first")
        #expect(unopened.errors.contains(full) || unopened.errors.contains(scarce), "\(unopened.errors)")
        try disk.free()
        let pruned = try await place.run(["audit", "export", "--prune"])
        #expect(pruned.status == 0, "\(pruned.errors)")
        #expect(pruned.output.split(separator: "\n").count == 9)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
        try await disk.unmount()
    }

    @Test("a backup for all of which there is no room is none: it fails, and leaves nothing")
    func backup() async throws {
        let disk = try #require(try await SmallDisk.mount())
        let place = try await Installation()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "v").status == 201)
        // Larger than half of the disk: it has room for the copy's write-ahead log, and not for the file as well.
        let resolver = place.asResolver(broker)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { for _ in 0..<450 { _ = try await resolver.resolve("KEY") } }
            }
            try await group.waitForAll()
        }
        #expect(await broker.end() == 0)
        let size = try FileManager.default.attributesOfItem(atPath: place.catalog)[.size] as? Int ?? 0
        #expect(((5 << 20) / 2..<(7 << 20) / 2).contains(size), "\(size) bytes")
        let made = try await place.run(["catalog", "backup", disk.folder.appendingPathComponent("b.db").path])
        #expect(made.status == 1 && made.errors.contains("cannot be written"), "\(made.errors)")
        let left = try FileManager.default.contentsOfDirectory(atPath: disk.folder.path)
        #expect(left.isEmpty, "\(left)")
        await place.end()
        try await disk.unmount()
    }

    @Test("a backup to standard output is refused where its copy could fill the disk under the broker")
    func streamedBackup() async throws {
        let disk = try #require(try await SmallDisk.mount())
        let place = try await Installation(mount: disk.folder)
        let made = try await place.run(["catalog", "backup", "-"])
        #expect(made.status == 1 && made.output.isEmpty)
        #expect(made.errors.contains("no room for a copy beside it"), "\(made.errors)")
        await place.end()
        try await disk.unmount()
    }

    private func firstRefusal(_ resolver: APIClient) async throws -> APIClient.Answer? {
        for _ in 0..<2000 {
            let answer = try await resolver.resolve("KEY")
            if answer.status != 200 { return answer }
        }
        return nil
    }
}
