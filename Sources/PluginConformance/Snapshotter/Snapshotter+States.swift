import BerthAPI
import LinuxSystem

extension SnapshotterSubject {
    /// Keys, kinds, parents: what needs no look at the content.
    static let states: [Check<SnapshotterSubject>] = [
        Check("prepare repeats", "prepare answers the same mounts when it is called again in the same way") { it in
            let first = try it.prepare("a")
            let again = try it.prepare("a")
            try require(first == again, "\(first), then \(again)")
        },
        Check("prepare conflicts", "a key in use for another kind or parent is a conflict") { it in
            try it.commit("base")
            _ = try it.prepare("a")
            try requireError(.conflict, in: "prepare with another parent") { _ = try it.prepare("a", on: "base") }
            try requireError(.conflict, in: "a view under the key of an active snapshot") {
                _ = try it.view("a", of: "base")
            }
        },
        Check("parents must exist", "a parent that does not exist is notFound") { it in
            try requireError(.notFound, in: "prepare") { _ = try it.prepare("a", on: "nothing") }
            try requireError(.notFound, in: "stat of what was not made") {
                _ = try it.call(SnapshotStat(key: "a"))
            }
        },
        Check("parents must be committed", "an active snapshot or a view cannot be a parent") { it in
            try it.commit("base")
            _ = try it.prepare("active")
            _ = try it.view("view", of: "base")
            for parent in ["active", "view"] {
                try requireError(.failedPrecondition, in: "prepare on the \(parent) one") {
                    _ = try it.prepare("a", on: parent)
                }
            }
        },
        Check("commit consumes the key", "after a commit only the committed snapshot is there; repeating succeeds") {
            it in
            try it.commit("base")
            try it.commit("c", on: "base")
            let commit = SnapshotCommit(snapshot: "c", key: "c-active")
            _ = try it.call(commit)
            let info = try it.call(SnapshotStat(key: "c"))
            try require(info.kind == .committed && info.parent == "base", "\(info)")
            try requireError(.notFound, in: "stat of the consumed key") {
                _ = try it.call(SnapshotStat(key: "c-active"))
            }
        },
        Check("commit refuses", "a commit of a view or of nothing fails, and so does one to a name in use") { it in
            try it.commit("base")
            _ = try it.view("view", of: "base")
            _ = try it.prepare("a")
            try requireError(.failedPrecondition, in: "commit of a view") {
                _ = try it.call(SnapshotCommit(snapshot: "c", key: "view"))
            }
            try requireError(.notFound, in: "commit of nothing") {
                _ = try it.call(SnapshotCommit(snapshot: "c", key: "nothing"))
            }
            try requireError(.conflict, in: "commit to a name in use") {
                _ = try it.call(SnapshotCommit(snapshot: "base", key: "a"))
            }
        },
        Check("remove", "a snapshot with children stays, one that is gone is removed again with success") { it in
            try it.commit("base")
            _ = try it.prepare("a", on: "base")
            try requireError(.failedPrecondition, in: "remove of a parent") {
                _ = try it.call(SnapshotRemove(key: "base"))
            }
            for key in ["a", "a", "base", "base"] { _ = try it.call(SnapshotRemove(key: key)) }
            _ = try it.prepare("a")
        },
        Check("mounts", "mounts repeats those of active snapshots and views; a committed one has none") { it in
            try it.commit("base")
            let (active, view) = (try it.prepare("a", on: "base"), try it.view("v", of: "base"))
            try require(
                try it.call(SnapshotGetMounts(key: "a")).mounts == active, "other mounts than prepare's")
            try require(try it.call(SnapshotGetMounts(key: "v")).mounts == view, "other mounts than view's")
            try requireError(.failedPrecondition, in: "mounts of a committed one") {
                _ = try it.call(SnapshotGetMounts(key: "base"))
            }
        },
        Check("labels and list", "labels are kept, replaced by update, carried by commit, and filter lists") { it in
            _ = try it.call(SnapshotPrepare(key: "a", labels: ["x": "1", "y": "a"]))
            _ = try it.call(SnapshotUpdate(key: "a", labels: ["y": "a"]))
            _ = try it.call(SnapshotCommit(snapshot: "c", key: "a"))
            let found = try it.call(SnapshotList(kind: .committed, labels: ["y": "a"]))
            try require(found.map(\.key) == ["c"], "the list has \(found.map(\.key))")
            try require(found[0].labels == ["y": "a"], "the labels are \(found[0].labels)")
            _ = try it.prepare("child", on: "c")
            let children = try it.call(SnapshotList(parent: "c"))
            try require(children.map(\.key) == ["child"], "the children are \(children.map(\.key))")
        },
        Check("keys are strings", "a key is any text of up to 256 bytes, never a path") { it in
            let long = String(repeating: "k", count: 256)
            for key in ["../../../escape", "/a//b", "ключ \u{1F511}\n\"'", long] {
                _ = try it.call(SnapshotPrepare(key: key))
                try require(try it.call(SnapshotStat(key: key)).key == key, "stat answers another key")
            }
            try requireError(.invalidArgument, in: "a key of 257 bytes") {
                _ = try it.call(SnapshotPrepare(key: long + "k"))
            }
            try requireError(.invalidArgument, in: "an empty key") { _ = try it.call(SnapshotPrepare(key: "")) }
        },
        Check("cleanup", "cleanup frees leftovers and nothing else") { it in
            try it.commit("base", files: [("f", "base")])
            let mounts = try it.prepare("a", on: "base")
            _ = try it.prepare("gone")
            _ = try it.call(SnapshotRemove(key: "gone"))
            _ = try it.call(SnapshotCleanup())
            try require(try DetachedMount(mounts).read("f") == "base", "the content has changed")
        },
    ]
}
