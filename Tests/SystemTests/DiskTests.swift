import Foundation
import Support
import Testing

/// A disk image with a file system of its own, which can fail as a real one does.
private struct DiskImage {
    let folder: URL
    private var image: String { folder.path + ".image" }

    static func mount() async throws -> DiskImage? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let disk = DiskImage(folder: folder)
        guard
            try await command("truncate", "-s", "16M", disk.image) == 0,
            try await command("mkfs.ext4", "-q", disk.image) == 0,
            try await command("mount", "-o", "loop", disk.image, folder.path) == 0
        else {
            try await disk.remove()
            return nil
        }
        return disk
    }

    /// What the kernel does on its own when a disk answers with errors: it can be read, and not written.
    func turnReadOnly() async throws { _ = try await Self.command("mount", "-o", "remount,abort", folder.path) }

    func remove() async throws {
        _ = try await Self.command("umount", "-l", folder.path)
        try? FileManager.default.removeItem(at: folder)
        try? FileManager.default.removeItem(atPath: image)
    }

    private static func command(_ words: String...) async throws -> Int32 {
        try await ChildProcess("/usr/bin/env", words).ended()
    }

    static func isPossible() async throws -> Bool {
        guard let disk = try await mount() else { return false }
        try await disk.remove()
        return true
    }
}

@Suite("When the disk under the catalog fails")
struct DiskTests {
    private func expectNothingLeaves(_ place: Installation, _ broker: BrokerBinary) async throws {
        let before = await place.objects()
        let answer = try await place.asResolver(broker).resolve("KEY")
        #expect(answer.status == 503)
        #expect(answer.code == "audit_unavailable")
        #expect(!answer.body.contains("the-value"))
        // Of a write whose commit failed nobody knows whether it is on the disk: its connection closes without a word.
        for write in [
            try? await place.asAdmin(broker).rotate("KEY", "x"), try? await place.asAdmin(broker).add("OTHER", "x"),
        ] {
            #expect(write == nil || write?.code == "audit_unavailable")
        }
        #expect(await place.objects() == before)
    }

    @Test(
        "no value leaves once the file system can only be read",
        .enabled("a disk image can be mounted") { try await DiskImage.isPossible() })
    func readOnly() async throws {
        let disk = try #require(try await DiskImage.mount())
        let place = try await Installation(mount: disk.folder)
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "the-value").status == 201)
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == "the-value")
        try await disk.turnReadOnly()
        try await expectNothingLeaves(place, broker)
        #expect(await broker.logs("the catalog cannot be written"))
        #expect(await broker.end() == 0)
        let refused = try await place.run(["serve", "--listen", "127.0.0.1:0"])
        #expect(
            refused.status == 1 && refused.errors.contains("disk is full or damaged"), "\(refused.errors)")
        await place.end()
        try await disk.remove()
    }

    @Test(
        "no value leaves while the catalog's file is removed or replaced; put back, all goes on",
        arguments: [true, false])
    func removed(_ isReplaced: Bool) async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "the-value").status == 201)
        let aside = place.catalog + ".aside"
        if isReplaced { try FileManager.default.copyItem(atPath: place.catalog, toPath: aside + "2") }
        try FileManager.default.moveItem(atPath: place.catalog, toPath: aside)
        if isReplaced { try FileManager.default.moveItem(atPath: aside + "2", toPath: place.catalog) }
        try await expectNothingLeaves(place, broker)
        #expect(await broker.logs("the catalog's file was moved, removed or replaced: put it back"))
        if !isReplaced {
            let checked = try await place.run(["check"])
            #expect(checked.status == 1 && checked.output.contains("whose log is still there"), "\(checked.output)")
        }
        let ready = try await place.asAdmin(broker).call("GET", "/readyz")
        #expect(ready.status == 503 && ready.body.contains(#""audit":"unavailable""#), "\(ready.body)")
        if isReplaced { try FileManager.default.removeItem(atPath: place.catalog) }
        try FileManager.default.moveItem(atPath: aside, toPath: place.catalog)
        #expect(try await place.asResolver(broker).resolve("KEY").resolved == "the-value")
        #expect(try await place.asAdmin(broker).rotate("KEY", "the-next").status == 200)
        #expect(try await place.asAdmin(broker).call("GET", "/readyz").status == 200)
        #expect(await broker.logs("the catalog can be written again"))
        let told = broker.logged.split(separator: "\n").filter { $0.contains("the catalog cannot be written") }
        #expect(told.count == 1, "\(told)")
        #expect(await broker.end() == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }

    /// strace holds each sync of the broker back for longer than it waits.
    @Test(
        "no value leaves and nothing hangs while the disk takes long to write; afterwards all goes on",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed"),
        .readsMemory)
    func slow() async throws {
        let place = try await Installation()
        let broker = try await place.serve()
        #expect(try await place.asAdmin(broker).add("KEY", "the-value").status == 201)
        let tracer = try ChildProcess(
            "/usr/bin/strace",
            [
                "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
                "inject=fsync,fdatasync:delay_enter=40s", "-p", "\(broker.processID)",
            ])
        try await place.untilTraced(broker)
        let asked = ContinuousClock.now
        async let first = place.asResolver(broker).resolve("KEY")
        async let second = place.asAdmin(broker).rotate("KEY", "the-next")
        let answer = try await first
        #expect(answer.status == 503 && answer.code == "audit_unavailable")
        #expect(!answer.body.contains("the-value"))
        let rotated = try? await second
        #expect(rotated == nil || rotated?.status == 503)
        #expect(.now - asked < .seconds(35))
        tracer.signal(SIGKILL)
        _ = await tracer.ended()
        #expect(try await place.run(["reconcile"]).status == 0)
        let value = try await place.asResolver(broker).resolve("KEY").resolved
        #expect(value == "the-value" || value == "the-next" && rotated == nil)
        #expect(await broker.end() == 0)
        #expect(try await place.run(["audit", "verify"]).status == 0)
        await place.end()
    }
}

extension Installation {
    /// Waits until a tracer holds every thread of the broker; there is no event for it.
    fileprivate func untilTraced(_ broker: BrokerBinary) async throws {
        let tasks = "/proc/\(broker.processID)/task"
        try await eventually("strace traces the broker") {
            try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { thread in
                let status = (try? String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8)) ?? ""
                return !status.contains("TracerPid:\t0\n")
            }
        }
    }
}
