import BerthAPI
import JSON
import LinuxSystem

extension VolumeSubject {
    static let contract: [Check<VolumeSubject>] = [
        Check("create", "a volume that was made is inspected and listed as it was answered") { it in
            let made = try it.create("data")
            try require(made.volume == "data", "it is called \(made.volume)")
            try require(made.mountpoint.hasPrefix("/"), "the mountpoint \(made.mountpoint) is not absolute")
            try require(try it.call(VolumeDriverInspect(volume: "data")) == made, "inspect answers something else")
            try require(try it.call(VolumeDriverList()) == [made], "list answers something else")
        },
        Check("create repeats", "create of a volume that exists answers it as it is") { it in
            let made = try it.create("data")
            for _ in 0..<3 {
                let again = try it.create("data")
                try require(again == made, "\(made), then \(again)")
            }
            try require(try it.names() == ["data"], "list has \(try it.names())")
        },
        Check("remove", "a removed volume is gone, and a new one of its name is empty") { it in
            try it.create("data")
            let folder = try? it.folder("data")
            if let folder { try writeFile("\(folder)/file", Array("old".utf8)) }
            try it.remove("data")
            try it.requireGone("data")
            try it.create("data")
            if folder != nil {
                let names = try listDirectory(try it.folder("data"))
                try require(names.isEmpty, "the new volume has \(names)")
            }
        },
        Check("remove repeats", "removing what is gone, or never was, succeeds") { it in
            try it.create("data")
            for _ in 0..<3 { try it.remove("data") }
            try it.remove("never-was")
        },
        Check("what is not there", "mount, inspect and usage of a volume that does not exist are notFound") { it in
            try it.requireGone("nothing")
            try requireError(.notFound, in: "usage") { try it.call(VolumeUsage(volume: "nothing")) }
            try it.unmount("nothing", "c")
        },
        Check("content", "what is written to a volume stays until it is removed, over mounts and SIGKILL") { it in
            try it.create("data")
            let folder = try it.folder("data")
            try writeFile("\(folder)/file", Array("content".utf8))
            try it.bench.restart()
            let again = try it.folder("data")
            let bytes = try? readFile("\(again)/file")
            try require(bytes.map { String(decoding: $0, as: UTF8.self) } == "content", "the content is lost")
        },
        Check("usage", "usage grows with the content, in bytes on disk and inodes") { it in
            try it.create("data")
            let before = try it.call(VolumeUsage(volume: "data"))
            let folder = try it.folder("data")
            try writeFile("\(folder)/file", [UInt8](repeating: 1, count: 1 << 18))
            let after = try it.call(VolumeUsage(volume: "data"))
            try require(
                after.size >= before.size + 1 << 18 && after.inodes == before.inodes + 1,
                "\(before), then \(after) with a file of 256 KiB")
        },
        Check("survives SIGKILL", "volumes and their answers are the same after a crash") { it in
            let made = try ["a", "b", "c"].map { try it.create($0) }
            try it.remove("b")
            try it.bench.restart()
            let left = try it.call(VolumeDriverList()).sorted { $0.volume < $1.volume }
            try require(left == [made[0], made[2]], "list has \(left)")
            try require(try it.create("a") == made[0], "create answers something else")
        },
        Check("hostile names", "names that are paths, empty or endless are refused; nothing outside is touched") { it in
            let sentinel = "\(it.bench.directory)/state-of-others"
            try makeDirectory(sentinel)
            for name in HostileNames.paths {
                try requireError(.invalidArgument, in: "create of '\(name.prefix(40))'") { try it.create(name) }
            }
            for name in ["../state-of-others", "../../state-of-others", "../../../state-of-others", sentinel] {
                // Refused or taken for something that is not there.
                do { try it.remove(name) } catch is BerthError {}
                do { try it.mount(name, "c") } catch is BerthError {}
            }
            try require(fileExists(sentinel), "a folder outside was removed")
            try removeDirectory(sentinel)
            try require(try it.names().isEmpty, "list has \(try it.names())")
        },
        Check("odd names", "a name with blanks, quotes, dashes or letters beyond ASCII is refused or taken as text") {
            it in
            for name in HostileNames.odd {
                do {
                    try it.create(name)
                } catch let error as BerthError where error.kind == .invalidArgument {
                    continue
                }
                try require(try it.names() == [name], "list has \(try it.names()), not '\(name)'")
                try it.remove(name)
            }
            try require(try it.names().isEmpty, "list has \(try it.names())")
        },
        Check("wrong parameters", "parameters that are missing or of the wrong type are an error") { it in
            let wire = try it.bench.session
            for method in [
                VolumeDriverCreate.name, VolumeDriverRemove.name, VolumeDriverInspect.name, VolumeMount.name,
            ] {
                try wire.callExpectingError(method, [:], "\(method) without parameters")
                try wire.callExpectingError(method, ["volume": 7, "container": 7], "\(method) of a number")
                try wire.callExpectingError(method, ["volume": nil, "container": []], "\(method) of null")
            }
            try it.bench.requireAlive(wire, after: "wrong parameters")
        },
    ]
}
