import BerthAPI
import Hashing
import JSON
import JSONRPC
import LinuxSystem

extension SnapshotterSubject {
    /// Telling what a snapshot has of its own, for a differ with the capability `diff`.
    static let diffs: [Check<SnapshotterSubject>] = [
        Check(
            "diff", "a layer of what was added, changed and removed makes the same files elsewhere", capability: "diff"
        ) {
            it in
            try it.commit("base", files: [("kept", "1"), ("changed", "1"), ("gone", "1")])
            let mount = try DetachedMount(try it.prepare("a", on: "base"))
            try mount.write("changed", "two")
            try mount.write("new", "two")
            try mount.remove("gone")
            let root = try DirectoryEntry.openFolder(mount.root, BytePath(""))
            try DirectoryEntry.makeFolder(root.raw, BytePath("folder"), mode: 0o700)
            let copy = try it.copy(of: "a", on: "base")
            for (name, content) in [("kept", "1"), ("changed", "two"), ("new", "two")] {
                try require(try copy.read(name) == content, "\(name) has other content")
            }
            try require(try !copy.exists("gone"), "the removed file is there")
            try require(try copy.status("folder").mode == 0o700, "the folder has another mode")
        },
        Check(
            "diff attributes", "owners, modes, times, attributes, links and devices are in the layer",
            capability: "diff"
        ) {
            it in
            try it.commit("base")
            let mount = try DetachedMount(try it.prepare("a", on: "base"))
            try mount.fillWithKinds()
            let copy = try it.copy(of: "a", on: "base")
            let (file, other) = (try copy.status("file"), try copy.status("hard"))
            try require(file.inode == other.inode && file.links == 2, "the hard link is a file of its own")
            try require(file.user == 1234 && file.group == 5678 && file.mode == 0o4751, "other owner or mode: \(file)")
            try require(file.modified.seconds == 1_600_000_000, "another time: \(file.modified)")
            let open = try DirectoryEntry.openForReading(copy.root, BytePath("file"))
            let value = try ExtendedAttributes.get(open.raw, BytePath("user.berth"))
            try require(value == Array("kept".utf8), "another attribute: \(value ?? [])")
            let root = try DirectoryEntry.openFolder(copy.root, BytePath(""))
            try require(
                try DirectoryEntry.linkTarget(root.raw, BytePath("link")) == BytePath("/no/where"), "another link")
            try require(try copy.status("pipe").type == .fifo, "the FIFO is missing")
            try require(try copy.status("device").deviceNumbers == (1, 3), "another device")
            try require(try copy.status("sparse").size == 8 << 20, "another size of the file with holes")
            try require(try !copy.exists("socket"), "a socket is there")
        },
        Check(
            "diff over several layers", "what is below may be several snapshots, with folders of each",
            capability: "diff"
        ) {
            it in
            try it.commit("lowest", files: [("low", "1"), ("gone", "1")])
            try it.commitLayer("middle", on: "lowest") { tar in
                tar.folder("folder")
                tar.file("folder/kept", "1")
                tar.file("folder/gone", "1")
            }
            try it.commit("top", on: "middle", files: [("high", "1")])
            let mount = try DetachedMount(try it.prepare("a", on: "top"))
            for name in ["gone", "folder/gone"] { try mount.remove(name) }
            for name in ["low", "high", "folder/new"] { try mount.write(name, "two") }
            let changes = try it.changes(of: "a").sorted()
            let expected = ["A/folder/new", "C/folder", "C/high", "C/low", "D/folder/gone", "D/gone"]
            try require(changes == expected, "it says \(changes)")
            let copy = try it.copy(of: "a", on: "top")
            for (name, content) in [("low", "two"), ("high", "two"), ("folder/new", "two"), ("folder/kept", "1")] {
                try require(try copy.read(name) == content, "\(name) has other content")
            }
            try require(try !copy.exists("gone") && !copy.exists("folder/gone"), "what was removed is there")
        },
        Check("diff of an emptied folder", "what a folder had is gone when it was made anew", capability: "diff") {
            it in
            try it.commitLayer("base") { tar in
                tar.folder("folder")
                tar.file("folder/old", "1")
            }
            let mount = try DetachedMount(try it.prepare("a", on: "base"))
            let root = try DirectoryEntry.openFolder(mount.root, BytePath(""))
            try TreeRemover.remove(root.raw, BytePath("folder"))
            try DirectoryEntry.makeFolder(root.raw, BytePath("folder"), mode: 0o755)
            let copy = try it.copy(of: "a", on: "base")
            try require(try copy.exists("folder") && !copy.exists("folder/old"), "it is not empty")
            try require(
                try it.changes(of: "a").contains("D/folder/old"), "the list does not say that folder/old is gone")
        },
        Check("changes", "the list says what was added, changed and removed, in order", capability: "diff") { it in
            try it.commit("base", files: [("a", "1"), ("b", "1"), ("c", "1")])
            let mount = try DetachedMount(try it.prepare("s", on: "base"))
            try mount.write("b", "other")
            try mount.remove("c")
            try mount.write("d", "1")
            try require(try it.changes(of: "s") == ["C/b", "D/c", "A/d"], "it says \(try it.changes(of: "s"))")
            _ = try it.prepare("untouched", on: "base")
            try require(try it.changes(of: "untouched").isEmpty, "a new snapshot has changes")
        },
        Check("diff is reproducible", "the same snapshot makes the same layer, plain and with gzip", capability: "diff")
        {
            it in
            let mount = try DetachedMount(try it.prepare("a"))
            for name in ["z", "a", "m"] { try mount.write(name, name) }
            for type in ["", "+gzip"] {
                let (first, again) = (try it.diff("a", type: type), try it.diff("a", type: type))
                try require(first.bytes == again.bytes, "two runs with \(type) differ")
                let key = "copy\(type.count)"
                let applied = try it.apply(
                    first.bytes, to: key, mounts: try it.prepare(key), mediaType: Self.layerType + type)
                try require(applied.diffID == first.result.diffID, "its diffID is \(applied.diffID), not as answered")
                try require(applied.size == first.result.size, "its size is \(applied.size), not as answered")
            }
        },
        Check("diff of hostile names", "a name that says something else in a layer is refused", capability: "diff") {
            it in
            try it.commit("base", files: [("kept", "1")])
            for (number, name) in [".wh.kept", ".wh..wh..opq", ".wh."].enumerated() {
                let mount = try DetachedMount(try it.prepare("a\(number)", on: "base"))
                try mount.write(name, "x")
                try requireError(.failedPrecondition, in: "diff with a file \(name)") {
                    _ = try it.diff("a\(number)")
                }
            }
            let mount = try DetachedMount(try it.prepare("odd", on: "base"))
            let root = try DirectoryEntry.openFolder(mount.root, BytePath(""))
            let odd = [[0xff, 0x0a, 0x22], Array(repeating: 0x6e, count: 255)].map { BytePath($0)! }
            for name in odd { _ = try DirectoryEntry.createFile(root.raw, name) }
            let copy = try it.copy(of: "odd", on: "base")
            let copied = try DirectoryEntry.openFolder(copy.root, BytePath(""))
            for name in odd { _ = try DirectoryEntry.status(copied.raw, name) }
        },
        Check("diff without mount points", "what is only there to be mounted on is left out", capability: "diff") {
            it in
            try it.commit("base", files: [("etc-hosts", "1")])
            let mount = try DetachedMount(try it.prepare("a", on: "base"))
            let root = try DirectoryEntry.openFolder(mount.root, BytePath(""))
            try DirectoryEntry.makeFolder(root.raw, BytePath("proc"), mode: 0o755)
            try mount.write("resolv", "")
            try mount.write("full", "not empty")
            let places = ["/proc", "/resolv", "/full", "/etc-hosts"]
            try require(try it.changes(of: "a", mountPoints: places) == ["A/full"], "the list has them")
            let copy = try it.copy(of: "a", on: "base", mountPoints: places)
            try require(try !copy.exists("proc") && !copy.exists("resolv") && copy.exists("full"), "the layer has them")
        },
        Check(
            "diff of another type", "a media type that is not a layer's, or a missing snapshot, is refused",
            capability: "diff"
        ) {
            it in
            _ = try it.prepare("a")
            try requireError(.invalidArgument, in: "diff as text") {
                _ = try it.call(DifferDiff(key: "a", mediaType: "text/plain"), descriptors: [try memoryFile([])])
            }
            try requireError(.notFound, in: "diff of nothing") { _ = try it.diff("none") }
            try requireError(.invalidArgument, in: "diff without a file") {
                _ = try it.call(DifferDiff(key: "a", mediaType: Self.layerType))
            }
        },
        Check("crash in diff", "diff, killed at any moment and repeated, writes the whole layer", capability: "diff") {
            it in
            let mount = try DetachedMount(try it.prepare("a"))
            for number in 0..<50 { try mount.write("f\(number)", String(repeating: "\(number)", count: 10_000)) }
            let expected = try it.diff("a")
            let file = try memoryFile(Array(repeating: 0x58, count: 3 << 20))
            try it.bench.crashes(
                in: CrashTrial(
                    call: { _ in DifferDiff(key: "a", mediaType: Self.layerType) }, descriptors: { _ in [file] },
                    verify: { _, result in
                        try require(result.diffID == expected.result.diffID, "another diffID")
                        let bytes = try RegularFile.readAll(file.raw, limit: 16 << 20)
                        try require(bytes == expected.bytes, "other bytes, or some of an earlier call")
                    }))
        },
        Check(
            "cancelled diff", "a cancelled diff leaves nothing, and writes nothing into its file that a later one has",
            capability: "diff"
        ) {
            it in
            let mount = try DetachedMount(try it.prepare("a"))
            for number in 0..<50 { try mount.write("f\(number)", String(repeating: "\(number % 10)", count: 200_000)) }
            let start = MonotonicTime.now
            let expected = try it.diff("a")
            let duration = (MonotonicTime.now - start).saturatedNanoseconds
            let (wire, file, list) = (try it.bench.session, try memoryFile([]), try memoryFile([]))
            let request = DifferDiff(key: "a", mediaType: Self.layerType, mountPoints: [])
            try it.bench.leaks(cycles: 12) { round in
                try wire.giveUp(request, with: file, after: .nanoseconds(duration * Int64(round % 6) / 5))
                try wire.giveUp(DifferChanges(key: "a", mountPoints: []), with: list, after: .zero)
                let result = try it.call(request, descriptors: [file])
                try require(result.diffID == expected.result.diffID, "repeated, its diffID is another")
                let bytes = try RegularFile.readAll(file.raw, limit: 64 << 20)
                try require(bytes == expected.bytes, "repeated, it has other bytes")
                try require(try it.changes(of: "a").count == 50, "repeated, the list has other entries")
            }
            try it.call(SnapshotRemove(key: "a"))
            try it.requireKeys([])
        },
    ]

    func diff(
        _ key: String, type: String = "", mountPoints: [String] = []
    ) throws -> (result: DifferDiff.Result, bytes: [UInt8]) {
        // What is in the file must not matter.
        let file = try memoryFile(Array("something else".utf8))
        let request = DifferDiff(key: key, mediaType: Self.layerType + type, mountPoints: mountPoints)
        let result = try call(request, descriptors: [file])
        return (result, try RegularFile.readAll(file.raw, limit: 64 << 20))
    }

    /// The list's entries: letter and path.
    func changes(of key: String, mountPoints: [String] = []) throws -> [String] {
        let file = try memoryFile(Array("something else".utf8))
        let result = try call(DifferChanges(key: key, mountPoints: mountPoints), descriptors: [file])
        let bytes = try RegularFile.readAll(file.raw, limit: 1 << 20)
        try require(bytes.isEmpty || bytes.last == 0, "the list does not end with a zero byte")
        let entries = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        try require(entries.count == result.count, "\(result.count) changes are answered, \(entries.count) listed")
        return entries
    }

    /// What the layer of a snapshot makes on the same parent.
    func copy(of key: String, on parent: String, mountPoints: [String] = []) throws -> DetachedMount {
        let layer = try diff(key, mountPoints: mountPoints)
        let mounts = try prepare("\(key)-copy", on: parent)
        let applied = try apply(layer.bytes, to: "\(key)-copy", mounts: mounts)
        try require(applied.diffID == layer.result.diffID, "its diffID is \(applied.diffID), not as answered")
        return try DetachedMount(mounts)
    }
}

extension Wire {
    /// Cancels a call at a moment, and waits for its answer.
    fileprivate func giveUp<M: Method>(
        _ method: M, with file: SharedDescriptor, after delay: Duration
    ) throws {
        let id = try send(method, descriptors: [file])
        _ = waitReadable(until: .now + delay)
        try cancel(id)
        guard case .failure(let error) = try outcome(of: JSON(id)) else { return }
        try require(
            error.code == RPCError.requestCancelledCode || error.data?["kind"]?.string == "cancelled",
            "a cancelled \(M.name) got \(error)")
    }
}

extension DetachedMount {
    /// One of each that a tree can have.
    fileprivate func fillWithKinds() throws {
        let folder = try DirectoryEntry.openFolder(root, BytePath(""))
        let (raw, name) = (folder.raw, BytePath("file"))
        try write("file", "content")
        let file = try DirectoryEntry.openForReading(raw, name)
        try OpenFile.setOwner(file.raw, user: 1234, group: 5678)
        try OpenFile.setMode(file.raw, 0o4751)
        try ExtendedAttributes.set(file.raw, BytePath("user.berth"), "kept")
        try DirectoryEntry.linkFile(from: raw, name, to: raw, BytePath("hard"))
        try DirectoryEntry.setTime(raw, name, FileTime(seconds: 1_600_000_000, nanoseconds: 0))
        try DirectoryEntry.makeLink(raw, BytePath("link"), to: BytePath("/no/where"))
        try DirectoryEntry.makeNode(raw, BytePath("pipe"), .fifo, mode: 0o600)
        try DirectoryEntry.makeNode(raw, BytePath("socket"), .socket, mode: 0o600)
        try DirectoryEntry.makeNode(raw, BytePath("device"), .characterDevice, mode: 0o600, major: 1, minor: 3)
        let sparse = try DirectoryEntry.createFile(raw, BytePath("sparse"))
        try RegularFile.truncate(sparse.raw, to: 8 << 20)
        try RegularFile.write(sparse.raw, Array("middle".utf8), at: 4 << 20)
    }
}
