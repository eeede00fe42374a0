import BerthAPI
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// The example in C.
@Suite(.serialized) struct SnapshotterTests {
    @Test("what was answered outlives a crash; what was not whole is unpacked again") func crash() throws {
        try SDKFixture.with(example: "native-snapshotter") { fixture in
            let plugin = fixture.plugin
            let mounts = try plugin.call(SnapshotPrepare(key: "a", labels: ["x": "1"])).mounts
            try writeFile(mounts[0].source + "/file", Array("content".utf8))
            _ = try plugin.call(SnapshotCommit(snapshot: "base", key: "a"))
            let active = try plugin.call(SnapshotPrepare(key: "b", parent: "base")).mounts
            let before = try plugin.call(SnapshotList())
            try makeDirectory("\(fixture.directory)/state/new/99/content/left")
            try fixture.restart()
            #expect(try plugin.call(SnapshotList()) == before)
            #expect(try plugin.call(SnapshotGetMounts(key: "b")).mounts == active)
            #expect(try readFile(active[0].source + "/file") == Array("content".utf8))
            #expect(try listDirectory("\(fixture.directory)/state/new") == [])
        }
    }

    @Test("a copy has links, modes, times, holes and special files as its parent has them") func copies() throws {
        try SDKFixture.with(example: "native-snapshotter") { fixture in
            let plugin = fixture.plugin
            let base = try plugin.call(SnapshotPrepare(key: "a")).mounts[0].source
            let script = """
                cd \(base) && mkdir -p d/e && echo text >d/e/f && ln d/e/f hard && ln -s d/e/f soft && mkfifo pipe \
                && mknod null c 1 3 && truncate -s 10M holes && chmod 4751 d/e/f && chown 12:34 d \
                && touch -d 2001-02-03T04:05:06.789 d/e/f && setfattr -n user.x -v y d/e/f 2>/dev/null; \
                touch -h -d 2002-02-02 soft; touch -d 2003-03-03 d/e d .
                """
            #expect(try run(["sh", "-c", script]).code == 0)
            _ = try plugin.call(SnapshotCommit(snapshot: "base", key: "a"))
            let copy = try plugin.call(SnapshotPrepare(key: "b", parent: "base")).mounts[0].source
            let list = "find . -printf '%p %m %U:%G %T@ %y %s %b %l %n\\n' | sort"
            let (left, right) = (
                try run(["sh", "-c", "cd \(base) && \(list)"]), try run(["sh", "-c", "cd \(copy) && \(list)"])
            )
            #expect(left.text == right.text)
            #expect(try plugin.call(SnapshotUsage(key: "b")).inodes == 0)
            try writeFile(copy + "/d/new", [1, 2, 3])
            #expect(try plugin.call(SnapshotUsage(key: "b")).inodes == 1)
            #expect(!fileExists(base + "/d/new"))
        }
    }
}
