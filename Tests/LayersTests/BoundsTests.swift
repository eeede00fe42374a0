import Archive
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

@testable import Layers

/// Damaged and bombed streams: a clear error, bounded memory, disk and time.
@Suite struct BoundsTests {
    private func sample() -> [UInt8] {
        var tar = TarBuilder()
        for number in 0..<50 { tar.file("file-\(number)", String(repeating: "text \(number) ", count: 100)) }
        return tar.finished()
    }

    @Test("a stream that ends in the middle is damaged, wherever that is", arguments: ["none", "gzip", "zstd"])
    func truncated(compression: String) throws {
        try Scratch.with { scratch in
            try writeFile(scratch.path + "/layer", sample())
            let command = ["none": "cp layer blob", "gzip": "gzip -c layer >blob", "zstd": "zstd -q layer -o blob"]
            try #require(try run("/bin/sh", "-c", command[compression]!, in: scratch.path) == 0)
            let blob = try readFile(scratch.path + "/blob")
            // The tar's own last entry ends before its two final blocks: cut before those.
            let last = compression == "none" ? blob.count - 1024 - 600 : blob.count - 1
            for count in stride(from: 5, through: last, by: max(1, last / 40)) + [last] {
                let target = try scratch.target("t\(count)")
                let error = try refusal { try target.apply(Array(blob.prefix(count)), type: MediaType.layerGzip) }
                #expect(error.kind == .damaged, "\(count) of \(blob.count) bytes: \(error)")
            }
        }
    }

    @Test("a changed byte is found", arguments: ["gzip -c", "zstd -q --check -c"])
    func damaged(command: String) throws {
        try Scratch.with { scratch in
            try writeFile(scratch.path + "/layer", sample())
            try #require(try run("/bin/sh", "-c", "\(command) layer >blob", in: scratch.path) == 0)
            var blob = try readFile(scratch.path + "/blob")
            blob[blob.count / 2] ^= 0x10
            let error = try refusal { try scratch.target().apply(blob, type: MediaType.layerGzip) }
            #expect(error.kind == .damaged, "\(error)")
        }
    }

    @Test("what is no archive is damaged, what is no layer's media type is refused")
    func foreign() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            let page = Array(String(repeating: "<html>not found</html>", count: 100).utf8)
            #expect(try refusal { try target.apply(page) }.kind == .damaged)
            #expect(try refusal { try target.apply([0x1f, 0x8b, 8, 0] + page) }.kind == .damaged)
            #expect(try refusal { try target.apply(self.sample(), type: MediaType.config) }.kind == .refused)
            let garbage = self.sample() + Array("bytes after the end".utf8)
            #expect(try target.apply(garbage).size == Int64(garbage.count))
        }
    }

    @Test("a gzip bomb ends at the limit of the stream, a sparse one at that of the files")
    func bombs() throws {
        try Scratch.with { scratch in
            let command = "head -c 300000000 /dev/zero | gzip -1 >blob"
            try #require(try run("/bin/sh", "-c", command, in: scratch.path) == 0)
            var limits = LayerLimits()
            limits.streamSize = 100 << 20
            let blob = try readFile(scratch.path + "/blob")
            let error = try refusal {
                try scratch.target().apply(blob, type: MediaType.layerGzip, limits: limits)
            }
            #expect(error.kind == .tooLarge, "\(error)")

            var tar = TarBuilder()
            tar.extended([
                ("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)),
                ("GNU.sparse.name", Array("huge".utf8)), ("GNU.sparse.realsize", Array("4611686018427387904".utf8)),
            ])
            tar.file("huge", "0\n" + String(repeating: "\u{0}", count: 510))
            #expect(try refusal { try scratch.target().apply(tar.finished()) }.kind == .tooLarge)
        }
    }

    @Test("more entries, implied folders or attributes than allowed are too many")
    func counts() throws {
        try Scratch.with { scratch in
            var limits = LayerLimits()
            limits.entries = 20
            let target = try scratch.target()
            #expect(try refusal { try target.apply(self.sample(), limits: limits) }.kind == .tooLarge)

            var tar = TarBuilder()
            tar.file((0..<30).map { "d\($0)" }.joined(separator: "/") + "/f")
            #expect(try refusal { try target.apply(tar.finished(), limits: limits) }.kind == .tooLarge)

            var attributes = TarBuilder()
            attributes.extended((0..<300).map { ("SCHILY.xattr.user.n\($0)", [0x78]) })
            attributes.file("f")
            #expect(try refusal { try target.apply(attributes.finished()) }.kind == .tooLarge)
        }
    }

    @Test("an extended header of two megabytes and a chain of a hundred are damaged")
    func headerBombs() throws {
        try Scratch.with { scratch in
            var large = TarBuilder()
            large.extended([("comment", Array(repeating: 0x61, count: 2 << 20))])
            large.file("f")
            let size = try refusal { try scratch.target().apply(large.finished()) }
            #expect(size.kind == .damaged, "\(size)")

            var chain = TarBuilder()
            for _ in 0..<100 { chain.extended([("comment", [0x61])]) }
            chain.file("f")
            let length = try refusal { try scratch.target().apply(chain.finished()) }
            #expect(length.kind == .damaged, "\(length)")
        }
    }

    @Test("the deepest path that Linux has is unpacked, measured and removed")
    func depth() throws {
        try Scratch.with { scratch in
            let path = String(repeating: "d/", count: 2040) + "f"
            var tar = TarBuilder()
            tar.extended([("path", Array(path.utf8))])
            tar.file("replaced", "x")
            let target = try scratch.target("root")
            #expect(try target.apply(tar.finished()).impliedFolders.count == 2041)
            #expect(try TreeUsage.measure(target.folder.raw).inodes == 2042)
            let parent = try DirectoryEntry.openAbsolute(BytePath(scratch.path))
            try TreeRemover.remove(parent.raw, BytePath("root"))
            #expect(!fileExists(target.path))
        }
    }

    @Test("a full disk is too large a layer")
    func fullDisk() throws {
        let context = try FilesystemContext("tmpfs")
        try context.set("size", "1m")
        // Mounted nowhere: only this descriptor leads to it.
        let mount = try context.mount()
        var tar = TarBuilder()
        tar.file("big", String(repeating: "x", count: 2 << 20))
        let blob = try memoryFile(tar.finished())
        let error = try refusal {
            _ = try LayerApplier(.overlay).apply(blob: blob.raw, mediaType: MediaType.layer, to: mount.raw)
        }
        #expect(error.kind == .tooLarge && error.entry == "big", "\(error)")
    }

    @Test("a caller that gives up ends the work, in the middle of a large file too")
    func cancelledInFile() throws {
        struct GivenUp: Error {}
        try Scratch.with { scratch in
            let target = try scratch.target()
            var tar = TarBuilder()
            tar.file("big", String(repeating: "x", count: 64 << 20))
            let blob = try memoryFile(tar.finished())
            #expect(throws: GivenUp.self) {
                try LayerApplier(.overlay).apply(
                    blob: blob.raw, mediaType: MediaType.layer, to: target.folder.raw
                ) { count in if count > 16 << 20 { throw GivenUp() } }
            }
            #expect(try target.status("big").size < 64 << 20)
        }
    }

    @Test("a caller that gives up ends the work at the next entry")
    func cancelled() throws {
        struct GivenUp: Error {}
        try Scratch.with { scratch in
            let target = try scratch.target()
            let blob = try memoryFile(sample())
            #expect(throws: GivenUp.self) {
                try LayerApplier(.overlay).apply(
                    blob: blob.raw, mediaType: MediaType.layer, to: target.folder.raw
                ) { _ in throw GivenUp() }
            }
            #expect(try target.names().count < 50)
        }
    }
}
