import BerthAPI
import LinuxSystem

extension SnapshotterSubject {
    /// What is seen through the mounts.
    static let contents: [Check<SnapshotterSubject>] = [
        Check("an empty snapshot is writable", "a snapshot without a parent is an empty folder to write to") { it in
            let mount = try DetachedMount(try it.prepare("a"))
            try require(try mount.isEmpty(), "it is not empty")
            try mount.write("f", "text")
            try require(
                try DetachedMount(it.call(SnapshotGetMounts(key: "a")).mounts).read("f") == "text", "lost")
        },
        Check("children see and hide", "a child sees its parents' files; what it changes or removes stays in theirs") {
            it in
            try it.commit("one", files: [("a", "1"), ("b", "1"), ("c", "1")])
            try it.commit("two", on: "one", files: [("b", "2")])
            let child = try DetachedMount(try it.prepare("child", on: "two"))
            try child.write("c", "3")
            try child.remove("a")
            try require(try !child.exists("a"), "the removed file is still there")
            try require(try child.read("b") == "2" && child.read("c") == "3", "the child sees other content")
            let view = try DetachedMount(try it.view("v", of: "two"))
            try require(
                try view.read("a") == "1" && view.read("b") == "2" && view.read("c") == "1", "the parent has changed")
        },
        Check("removals are committed", "what a committed snapshot has removed stays removed in its children") { it in
            try it.commit("one", files: [("a", "1"), ("b", "1")])
            do {
                let mount = try DetachedMount(try it.prepare("two-active", on: "one"))
                try mount.remove("a")
            }
            _ = try it.call(SnapshotCommit(snapshot: "two", key: "two-active"))
            let view = try DetachedMount(try it.view("v", of: "two"))
            try require(try !view.exists("a") && view.exists("b"), "the view does not show it")
        },
        Check("views are read-only", "nothing can be written through a view, of one layer or several") { it in
            try it.commit("one", files: [("a", "1")])
            try it.commit("two", on: "one", files: [("b", "2")])
            for parent in ["one", "two"] {
                let view = try DetachedMount(try it.view("v\(parent)", of: parent))
                do {
                    try view.write("new", "x")
                } catch let error as SystemError where error.errno.rawValue == 30 {
                    continue
                }
                throw Violation("a file could be made in a view of \(parent)")
            }
        },
        Check("siblings are apart", "two snapshots on one parent do not see each other's files") { it in
            try it.commit("base", files: [("f", "base")])
            let left = try DetachedMount(try it.prepare("left", on: "base"))
            let right = try DetachedMount(try it.prepare("right", on: "base"))
            try left.write("f", "left")
            try require(try right.read("f") == "base", "the sibling sees it")
        },
        Check("the root's owner is kept", "owner and mode of the parent's root are those of the child's") { it in
            do {
                let mount = try DetachedMount(try it.prepare("base-active"))
                // The mount's own descriptor is only a place (O_PATH).
                let root = try DirectoryEntry.openFolder(mount.root, BytePath(""))
                try OpenFile.setOwner(root.raw, user: 1234, group: 5678)
                try OpenFile.setMode(root.raw, 0o751)
            }
            _ = try it.call(SnapshotCommit(snapshot: "base", key: "base-active"))
            let status = try DetachedMount(try it.prepare("child", on: "base")).rootStatus()
            try require(
                status.user == 1234 && status.group == 5678 && status.mode == 0o751,
                "owner \(status.user):\(status.group), mode \(String(status.mode, radix: 8))")
        },
        Check("usage", "usage counts what a snapshot has of its own, in bytes on disk and inodes") { it in
            try it.commit("base", files: [("f", String(repeating: "x", count: 200_000))])
            let base = try it.call(SnapshotUsage(key: "base"))
            try require(base.size >= 200_000 && base.inodes >= 2, "\(base.size) bytes, \(base.inodes) inodes")
            _ = try it.prepare("child", on: "base")
            let child = try it.call(SnapshotUsage(key: "child"))
            try require(child.size < 100_000, "the child counts \(child.size) bytes, its parent's among them")
        },
    ]
}
