import BerthAPI
import JSON
import LinuxSystem
import PluginConformance
import Testing

@Suite struct OverlayTests {
    @Test("mounts are binds or overlays with the uppermost layer first")
    func mounts() throws {
        try OverlayFixture.with { fixture in
            let path = fixture.state + "/snapshots"
            #expect(
                try fixture.prepare("one") == [Mount(type: "bind", source: "\(path)/1/fs", options: ["bind", "rw"])])
            try fixture.commit("one", as: "c1")
            _ = try fixture.prepare("two", on: "c1")
            try fixture.commit("two", as: "c2")
            let mount = try #require(try fixture.prepare("three", on: "c2").first)
            #expect(mount.type == "overlay")
            #expect(
                mount.options.prefix(3) == [
                    "lowerdir=\(path)/2/fs:\(path)/1/fs", "upperdir=\(path)/3/fs", "workdir=\(path)/3/work",
                ])
            let view = try fixture.plugin.call(SnapshotView(key: "v1", parent: "c1")).mounts
            #expect(view == [Mount(type: "bind", source: "\(path)/1/fs", options: ["bind", "ro"])])
            let deep = try fixture.plugin.call(SnapshotView(key: "v2", parent: "c2")).mounts
            #expect(deep.first?.options.prefix(2) == ["lowerdir=\(path)/2/fs:\(path)/1/fs", "ro"])
        }
    }

    @Test("two hundred layers make one mount")
    func manyLayers() throws {
        try OverlayFixture.with { fixture in
            var parent: String?
            for number in 0..<200 {
                _ = try fixture.prepare("a", on: parent)
                try fixture.commit("a", as: "c\(number)")
                parent = "c\(number)"
            }
            let mounts = try fixture.prepare("top", on: parent)
            #expect(mounts[0].options[0].split(separator: ":").count == 200)
        }
    }

    @Test("limits of the configuration hold, and what exceeded them is gone")
    func limits() throws {
        try OverlayFixture.with(configuration: ["layerEntries": 3, "layerBytes": 100]) { fixture in
            func attempt(_ build: (inout TarBuilder) -> Void) throws -> String? {
                var tar = TarBuilder()
                build(&tar)
                let blob = try memoryFile(tar.finished())
                _ = try fixture.prepare("a")
                do {
                    _ = try fixture.apply(blob, to: "a")
                    return nil
                } catch let error as BerthError {
                    #expect(error.kind == .resourceExhausted)
                    return error.message
                }
            }
            let fitting = try attempt { tar in for n in 0..<3 { tar.file("f\(n)", "x") } }
            #expect(fitting == nil)
            let many = try attempt { tar in for n in 0..<4 { tar.file("f\(n)", "x") } }
            #expect(many?.contains("3 entries") == true)
            let big = try attempt { tar in tar.file("big", String(repeating: "x", count: 101)) }
            #expect(big?.contains("100 bytes") == true)
            // The second attempt's failure took everything with it, the first's files too.
            #expect(try listDirectory("\(fixture.state)/snapshots/1/fs") == [])
        }
    }

    @Test("eight layers applied at once, each rebased on the one before")
    func parallelLayers() throws {
        try OverlayFixture.with { fixture in
            let calls = (0..<8).map { number in
                BackgroundCall {
                    var tar = TarBuilder()
                    for file in 0..<200 { tar.file("f\(number)-\(file)", "x") }
                    _ = try fixture.prepare("l\(number)")
                    _ = try fixture.apply(try memoryFile(tar.finished()), to: "l\(number)")
                }
            }
            for call in calls { try call.result() }
            for number in 0..<8 {
                try fixture.commit("l\(number)", as: "c\(number)", on: number == 0 ? nil : "c\(number - 1)")
            }
            let mount = try #require(try fixture.prepare("top", on: "c7").first)
            #expect(mount.options[0].split(separator: ":").count == 8)
        }
    }

    @Test("calls for one key at the same time make one snapshot")
    func sameKey() throws {
        try OverlayFixture.with { fixture in
            let calls = (0..<16).map { _ in BackgroundCall { _ = try fixture.prepare("same") } }
            for call in calls { try call.result() }
            #expect(try fixture.names("snapshots") == ["1"])
        }
    }
}
