import BerthAPI
import LinuxSystem

extension SnapshotterSubject {
    /// Unpacking, for a snapshotter that is the differ of its own snapshots.
    static let layers: [Check<SnapshotterSubject>] = [
        Check("apply", "apply unpacks a tar and answers the digest and size of its stream, again when repeated") { it in
            var tar = TarBuilder()
            tar.folder("etc")
            tar.file("etc/name", "berth", mode: 0o4755)
            let mounts = try it.prepare("a")
            let first = try it.apply(tar.finished(), to: "a", mounts: mounts)
            let again = try it.apply(tar.finished(), to: "a", mounts: mounts)
            try require(first.size == tar.finished().count, "the size is \(first.size)")
            try require(first.diffID == again.diffID && first.diffID.hasPrefix("sha256:"), "\(first), then \(again)")
            let mount = try DetachedMount(mounts)
            try require(try mount.read("etc/name") == "berth", "other content")
            let folder = try DirectoryEntry.openFolder(mount.root, BytePath("etc"))
            try require(try DirectoryEntry.status(folder.raw, BytePath("name")).mode == 0o4755, "another mode")
        },
        Check("whiteouts", "a whiteout and an opaque folder hide what the layers below have, not their own layer's") {
            it in
            try it.commitLayer("one") { tar in
                tar.file("gone", "1")
                tar.file("folder/old", "1")
                tar.file("replaced/old", "1")
                tar.file("kept", "1")
            }
            try it.commitLayer("two", on: "one") { tar in
                tar.file(".wh.gone")
                tar.folder("folder")
                tar.file("folder/new", "2")
                tar.file("folder/.wh..wh..opq")
                tar.file(".wh.replaced")
                tar.file("replaced/new", "2")
            }
            let view = try DetachedMount(try it.view("v", of: "two"))
            for name in ["gone", "folder/old", "replaced/old", ".wh.gone"] {
                try require(try !view.exists(name), "\(name) is there")
            }
            for name in ["kept", "folder/new", "replaced/new"] {
                try require(try view.exists(name), "\(name) is missing")
            }
        },
        Check("hostile layers", "a layer that leads out of its root is refused, and nothing outside is touched") { it in
            for (name, build) in hostileLayers {
                var tar = TarBuilder()
                build(&tar)
                let mounts = try it.prepare(name)
                try requireError(.invalidArgument, .corrupted, in: "apply of \(name)") {
                    _ = try it.apply(tar.finished(), to: name, mounts: mounts)
                }
                try require(try DetachedMount(mounts).isEmpty(), "\(name) left something behind")
            }
            try require(!fileExists("/\(escape)") && !fileExists("/tmp/\(escape)"), "a file was made outside")
        },
        Check("truncated layers", "a layer that ends too early is refused, and the snapshot can be used again") { it in
            var tar = TarBuilder()
            tar.file("first", "1")
            tar.file("second", String(repeating: "2", count: 4096))
            let mounts = try it.prepare("a")
            try requireError(.corrupted, in: "apply of half a tar") {
                _ = try it.apply(Array(tar.bytes.prefix(3000)), to: "a", mounts: mounts)
            }
            try require(try DetachedMount(mounts).isEmpty(), "something was left behind")
            _ = try it.apply(tar.finished(), to: "a", mounts: mounts)
            try require(try DetachedMount(mounts).read("first") == "1", "the second attempt has other content")
            try requireError(.corrupted, in: "apply of half a tar after a whole one") {
                _ = try it.apply(Array(tar.bytes.prefix(3000)), to: "a", mounts: mounts)
            }
            try require(try DetachedMount(mounts).isEmpty(), "the whole layer, or half of it, was left behind")
        },
        Check("rebase", "a snapshot made without a parent gets one at its commit", capability: "rebase") { it in
            try it.commitLayer("one") { tar in
                tar.folder("tmp", mode: 0o1777)
                tar.folder("emptied", mode: 0o700)
                tar.file("emptied/old", "1")
                tar.file("a", "1")
            }
            var tar = TarBuilder()
            tar.file("tmp/b", "2")
            tar.file(".wh.a")
            tar.file("emptied/.wh..wh..opq")
            let mounts = try it.prepare("two-active")
            _ = try it.apply(tar.finished(), to: "two-active", mounts: mounts)
            let commit = SnapshotCommit(snapshot: "two", key: "two-active", parent: "one")
            for _ in 1...2 { _ = try it.call(commit) }
            try require(try it.call(SnapshotStat(key: "two")).parent == "one", "it has another parent")
            let view = try DetachedMount(try it.view("v", of: "two"))
            try require(try view.read("tmp/b") == "2" && !view.exists("a"), "other content")
            // The layer has no entries for the folders: it must not change them.
            for (folder, expected) in [("tmp", UInt32(0o1777)), ("emptied", 0o700)] {
                let mode = try view.status(folder).mode
                try require(mode == expected, "\(folder) got mode \(String(mode, radix: 8))")
            }
            try require(try !view.exists("emptied/old"), "the emptied folder is not empty")
            try requireError(.failedPrecondition, in: "remove of the new parent") {
                _ = try it.call(SnapshotRemove(key: "one"))
            }
        },
    ]

    private static let escape = "berth-conformance-escape"

    private static let hostileLayers: [(String, @Sendable (inout TarBuilder) -> Void)] = [
        ("dot-dot", { $0.file("a/../../../../../../\(escape)", "x") }),
        ("hard-link-out", { $0.hardLink("a", to: "../../../../../../etc/passwd") }),
        ("hard-link-to-nothing", { $0.hardLink("a", to: "no/such/entry") }),
        ("whiteout-of-parent", { $0.file("a/.wh...", "") }),
        (
            "link-loop",
            { tar in
                tar.symbolicLink("l", to: "l")
                tar.file("l/\(escape)", "x")
            }
        ),
    ]
}
