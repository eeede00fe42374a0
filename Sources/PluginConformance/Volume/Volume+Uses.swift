import BerthAPI
import LinuxSystem

extension VolumeSubject {
    static let uses: [Check<VolumeSubject>] = [
        Check("mount", "mount answers what a container mounts: for a container again, and for several, the same way") {
            it in
            try it.create("data")
            let mount = try it.mount("data", "c1")
            try require(!mount.type.isEmpty && !mount.source.isEmpty, "\(mount)")
            try require(try it.mount("data", "c1") == mount, "a repeated mount answers something else")
            _ = try it.mount("data", "c2")
        },
        Check("uses are counted", "a volume is removed when the last container that mounted it has unmounted it") {
            it in
            try it.create("data")
            for container in ["c1", "c1", "c2"] { try it.mount("data", container) }
            try requireError(.failedPrecondition, in: "remove of a mounted volume") { try it.remove("data") }
            try it.unmount("data", "c1")
            try it.unmount("data", "c1")
            try requireError(.failedPrecondition, in: "remove while c2 has it") { try it.remove("data") }
            try it.unmount("data", "c2")
            try it.remove("data")
        },
        Check("unmount repeats", "unmounting what is not mounted succeeds and changes nothing") { it in
            try it.create("data")
            try it.mount("data", "c1")
            for container in ["c2", "c2", "never-was"] { try it.unmount("data", container) }
            try requireError(.failedPrecondition, in: "remove of a mounted volume") { try it.remove("data") }
        },
        Check("uses survive SIGKILL", "after a crash a mounted volume is still mounted") { it in
            try it.create("data")
            let mount = try it.mount("data", "c1")
            try it.bench.restart()
            try requireError(.failedPrecondition, in: "remove of a mounted volume") { try it.remove("data") }
            try require(try it.mount("data", "c1") == mount, "a repeated mount answers something else")
            try it.unmount("data", "c1")
            try it.remove("data")
        },
        Check("reconcile", "uses become what the core names; volumes it does not name are told, and stay") { it in
            for name in ["a", "b", "c"] {
                try it.create(name)
                try it.mount(name, "gone")
            }
            for _ in 0..<2 {
                let unknown = try it.call(VolumeReconcile(uses: ["a": ["c1"], "b": [], "nothing": ["c2"]])).unknown
                try require(unknown == ["c"], "unknown are \(unknown)")
            }
            try require(try it.names() == ["a", "b", "c"], "list has \(try it.names())")
            try requireError(.failedPrecondition, in: "remove of a, which c1 uses") { try it.remove("a") }
            try it.remove("b")
            try it.remove("c")
            try it.unmount("a", "c1")
            try it.remove("a")
        },
    ]
}
