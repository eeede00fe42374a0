import LinuxSystem
import TestSupport
import Testing

/// `berth doctor`: each kind of damage is made by hand, found, mended, and not found again.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct DoctorTests {
    /// 64 digits, as a container's id, of no container.
    static let stray = String(repeating: "0badcafe", count: 8)

    @Test func aHealthyDaemonHasNothingToReport() async throws {
        try await TestDaemon.with { daemon in
            try daemon.runServer("-p", "127.0.0.1::80", "-v", "data:/data")
            #expect(try daemon.berth("create", "--network", "none", "busybox", "true").code == 0)
            let report = try daemon.berth("doctor", "--deep")
            #expect(report.text == "✓ 11 checks, nothing wrong\n")
            #expect(report.code == 0)
            let all = try daemon.berth("system", "check", "-v")
            #expect(all.lines.contains("✓ snapshots") && all.lines.contains("✓ content"), "\(all.text)")
            let document = try daemon.berth("doctor", "--format", "{{len .findings}}")
            #expect(document.text == "0\n")
            #expect(try daemon.berth("rm", "-f", "server").code == 0)
            #expect(try daemon.berth("volume", "rm", "data").code == 0)
        }
    }

    // MARK: Snapshots

    @Test func aSnapshotWhoseFolderIsGone() async throws {
        try await TestDaemon.with { daemon in
            let id = try #require(try daemon.berth("create", "--name", "lost", "busybox", "echo", "again").lines.first)
            try daemon.removeSnapshotFolder(of: id)
            try daemon.expectMended("snapshots", "container lost", "its snapshot is gone")
            #expect(try daemon.berth("start", "-a", "lost").text == "again\n")
        }
    }

    @Test func aLayerWhoseContentIsGone() async throws {
        try await TestDaemon.with { daemon in
            let held = try daemon.berth("plugin", "call", "overlay", "snapshotter.list").lines
            let line = try #require(held.first { $0.contains("\"key\": \"sha256:") })
            let layer = String(line.split(separator: "\"")[3])
            try daemon.removeSnapshotFolder(of: layer)
            try daemon.expectMended("snapshots", "snapshot \(layer)", "the content of this layer is gone")
            #expect(try daemon.berth("run", "--rm", "busybox", "echo", "again").text == "again\n")
        }
    }

    @Test func aSnapshotOfNoContainer() async throws {
        try await TestDaemon.with { daemon in
            try daemon.call("overlay", "snapshotter.prepare", #"{"key": "\#(Self.stray)"}"#)
            // Somebody else's, by its key.
            try daemon.call("overlay", "snapshotter.prepare", #"{"key": "by-hand"}"#)
            try daemon.expectMended("snapshots", "snapshot \(Self.stray)", "no container has it")
            try daemon.call("overlay", "snapshotter.stat", #"{"key": "by-hand"}"#)
        }
    }

    // MARK: The host

    @Test func aCgroupOfNoContainer() async throws {
        try await TestDaemon.with { daemon in
            let hierarchy = try #require(try CgroupLayout.detect().hierarchies.first)
            try makeDirectory("\(hierarchy)\(daemon.cgroupParent)/\(Self.stray)", mode: 0o755)
            try daemon.expectMended("cgroups", "cgroup \(daemon.cgroupParent)/\(Self.stray)", "belongs to no container")
        }
    }

    /// Its processes go on, outside.
    @Test func aContainerWhoseCgroupIsGone() async throws {
        try await TestDaemon.with { daemon in
            let id = try daemon.runServer()
            let cgroup = try Cgroup("\(daemon.cgroupParent)/\(id)", in: .detect())
            let aside = try Cgroup("\(daemon.cgroupParent)/aside", in: .detect())
            try aside.create()
            let processes = try cgroup.processes()
            for folder in aside.folders {
                for process in processes { try rewriteFile("\(folder)/cgroup.procs", Array("\(process)".utf8)) }
            }
            for folder in cgroup.folders where fileExists(folder) { #expect(removeEmptyDirectory(folder)) }
            try daemon.expectLeft(
                "✗ container server: its cgroup \(cgroup.path) is missing, its limits do not hold: restart it")
            #expect(try daemon.berth("restart", "-t", "0", "server").code == 0)
            try aside.remove()
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    @Test func aContainerWhoseLogNobodyTakes() async throws {
        try await TestDaemon.with { daemon in
            let id = try daemon.runServer()
            try daemon.call("json-file", "log.close", #"{"container": "\#(id)"}"#)
            try daemon.expectMended("logs", "container server", "its driver has no open stream for its log")
            #expect(try daemon.berth("exec", "server", "sh", "-c", "echo heard >/proc/1/fd/1").code == 0)
            #expect(try daemon.berth("logs", "server").text == "heard\n")
        }
    }

    /// A page that nothing refers to: what a crash amid a write of a damaged file system leaves.
    @Test func aDamagedDatabase() async throws {
        try await TestDaemon.with { daemon in
            try daemon.stop()
            try daemon.database("PRAGMA wal_checkpoint(TRUNCATE)")
            let database = "\(daemon.folder)/root/metadata.db"
            let sound = try readFile(database, limit: 64 << 20)
            let pageSize = Int(sound[16]) << 8 | Int(sound[17])
            var damaged = sound + Array(repeating: 0, count: pageSize)
            // The header counts the pages, from byte 28 on, most significant byte first.
            let pages = UInt32(damaged.count / pageSize)
            damaged.replaceSubrange(28..<32, with: (0..<4).map { UInt8(truncatingIfNeeded: pages >> (24 - 8 * $0)) })
            try writeFile(database, damaged)
            try daemon.start()
            try daemon.expectLeft("✗ metadata database: Page \(pages)")
            try daemon.expectLeft(" never used: stop berthd, and write it again with sqlite3's .recover")
            try daemon.stop()
            try daemon.database("VACUUM")
            try daemon.start()
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    @Test func foldersAndALogOfNoContainer() async throws {
        try await TestDaemon.with { daemon in
            let folders = ["root/containers", "run/containers"].map { "\(daemon.folder)/\($0)/\(Self.stray)" }
            for folder in folders { try makeDirectory(folder) }
            try makeDirectory("\(daemon.folder)/root/plugins/json-file/\(Self.stray)")
            let found = try daemon.berth("doctor")
            for folder in folders { #expect(found.text.contains("! folder \(folder): its container is gone")) }
            try daemon.expectMended("logs", "log \(Self.stray)", "its container is gone")
            #expect(!folders.contains(where: fileExists))
        }
    }

    /// What is left of a container whose record somebody removed: a shim that runs, its cgroup, folders, a snapshot.
    @Test func aContainerThatNobodyRemembers() async throws {
        try await TestDaemon.with { daemon in
            let id = try daemon.runServer()
            try daemon.kill()
            try daemon.database("DELETE FROM containers WHERE id = '\(id)'")
            try daemon.start()
            let found = try daemon.berth("doctor")
            #expect(found.code == 1)
            for check in ["snapshots", "cgroups", "folders"] { #expect(found.lines.contains(check), "\(found.text)") }
            _ = try daemon.berth("doctor", "--repair")
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    @Test func aShimThatDoesNotAnswer() async throws {
        try await TestDaemon.with { daemon in
            let id = try daemon.runServer()
            let shim = try daemon.shim(of: id)
            try ProcessDescriptor.signal(shim.raw, 19)
            let found = try daemon.berth("doctor")
            try ProcessDescriptor.signal(shim.raw, 18)
            #expect(found.text.contains("✗ container server: its shim does not answer"), "\(found.text)")
            #expect(try daemon.berth("doctor").code == 0)
            // One that was killed is noticed without a doctor.
            try ProcessDescriptor.signal(shim.raw, 9)
            #expect(try daemon.berth("wait", "server").text == "137\n")
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    // MARK: Content

    @Test(arguments: ["size", "digest", "missing"]) func aDamagedBlob(_ damage: String) async throws {
        try await TestDaemon.with { daemon in
            let digest = try #require(try daemon.largestBlob())
            let path = "\(daemon.folder)/root/content/blobs/sha256/\(digest)"
            var bytes = try readFile(path, limit: 64 << 20)
            if damage == "size" { bytes.removeLast(10) } else { bytes[bytes.count / 2] ^= 1 }
            try removeFile(path)
            if damage != "missing" { try writeFile(path, bytes, mode: 0o444) }
            if damage == "digest" { #expect(try daemon.berth("doctor").code == 0) }
            try daemon.expectMended("content", "blob sha256:\(digest)", "image busybox", flags: ["--deep"])
        }
    }

    @Test func anIndexThatSaysSomethingElse() async throws {
        try await TestDaemon.with { daemon in
            try writeFile("\(daemon.folder)/root/content/index.json", Array("{}".utf8))
            try daemon.expectMended("content", "index.json", "it does not say what the images are")
        }
    }

    // MARK: Networks and volumes

    @Test func aNetworkAndAnEndpointThatOnlyTheDriverHas() async throws {
        // A sandbox by path, as the call here names it, is not visible to a confined driver.
        try await TestDaemon.with(configuration: "unconfined = [\"bridge\"]\n") { daemon in
            try daemon.runServer()
            let network = try #require(try daemon.berth("network", "inspect", "-f", "{{.Id}}", "bridge").lines.first)
            let pid = try #require(try daemon.berth("inspect", "-f", "{{.State.Pid}}", "server").lines.first)
            try daemon.call(
                "bridge", "network.createNetwork",
                #"{"id": "\#(Self.stray)", "networkName": "stray", "isInternal": false, "options": {}, "labels": {}}"#)
            let endpoint =
                #"{"endpoint": "\#(Self.stray)", "network": "\#(network)", "interface": "eth9", "ports": []}"#
            try daemon.call(
                "bridge", "network.attach", #"{"endpoint": \#(endpoint), "sandbox": "/proc/\#(pid)/ns/net"}"#)
            let found = try daemon.berth("doctor")
            #expect(found.text.contains("endpoint \(Self.stray) [bridge]: no container that runs has it"))
            try daemon.expectMended("networks", "network \(Self.stray)", "Berth does not know it")
            #expect(try daemon.berth("rm", "-f", "server").code == 0)
        }
    }

    /// Data is neither removed nor made up.
    @Test func volumesThatOnlyOneSideHas() async throws {
        try await TestDaemon.with { daemon in
            try daemon.call("local", "volume.create", #"{"volume": "stray", "options": {}, "labels": {}}"#)
            let repaired = try daemon.berth("doctor", "--repair")
            #expect(repaired.code == 1)
            #expect(repaired.text.contains("! volume stray [local]: its driver has it"), "\(repaired.text)")
            #expect(try daemon.berth("volume", "create", "-d", "local", "stray").code == 0)
            #expect(try daemon.berth("doctor").code == 0)
            try daemon.call("local", "volume.remove", #"{"volume": "stray"}"#)
            let lost = try daemon.berth("doctor", "--repair")
            #expect(lost.text.contains("✗ volume stray [local]: its driver does not have it"), "\(lost.text)")
            #expect(try daemon.berth("volume", "rm", "stray").code == 0)
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    // MARK: Plugins

    /// A driver that is away is told of, and nothing that is its is touched.
    @Test func aDriverThatIsAway() async throws {
        try await TestDaemon.with { daemon in
            #expect(try daemon.berth("create", "--name", "kept", "busybox", "echo", "kept").code == 0)
            #expect(try daemon.berth("plugin", "disable", "--force", "overlay").code == 0)
            let found = try daemon.berth("doctor", "--repair")
            #expect(found.code == 1)
            #expect(
                found.text.contains("✗ plugin overlay: it is disabled, and used by container kept"), "\(found.text)")
            #expect(found.text.contains("! plugin overlay: not checked: plugin overlay is disabled"), "\(found.text)")
            #expect(try daemon.berth("plugin", "enable", "overlay").code == 0)
            #expect(try daemon.berth("doctor").code == 0)
            #expect(try daemon.berth("start", "-a", "kept").text == "kept\n")
        }
    }

    @Test func aPluginThatCrashesInALoop() async throws {
        try await TestDaemon.withFlakyLog("fail") { daemon in
            try daemon.expectLeft(
                "✗ plugin flaky: it crashes in a loop, it exited with status 3: berth plugin logs flaky has its last words"
            )
            try writeFile("\(daemon.flakyFolder)/healthy", [])
            #expect(try daemon.berth("plugin", "restart", "flaky").code == 0)
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    /// A newer version has written it.
    @Test func aStateThatIsNotRead() async throws {
        try await TestDaemon.with { daemon in
            let format = "\(daemon.folder)/root/plugins/local.format"
            let known = try readFile(format)
            try writeFile(format, Array("99".utf8))
            try daemon.expectLeft("✗ plugin local: local ")
            try daemon.expectLeft(
                "reads state of format 1 to 1, what is there has format 99: install a version that reads it")
            try writeFile(format, known)
            #expect(try daemon.berth("doctor").code == 0)
        }
    }

    @Test func aPackageThatWasChanged() async throws {
        try await TestDaemon.with { daemon in
            let source = "\(daemon.folder)/none"
            #expect(try run(["cp", "-rL", "\(Stage.path)/libexec/berth/plugins/none", source]).code == 0)
            let installed = try daemon.berth("plugin", "install", "--grant-all", "--alias", "spare", source)
            #expect(installed.code == 0, "\(installed.text)")
            let packages = "\(daemon.folder)/root/installed-plugins/packages"
            let package = try #require(try listDirectory(packages).first)
            try writeFile("\(packages)/\(package)/extra", [1])
            let found = try daemon.berth("doctor")
            #expect(found.text.contains("✗ plugin spare: its package has digest sha256:"), "\(found.text)")
            try removeFile("\(packages)/\(package)/extra")
            #expect(try daemon.berth("doctor").code == 0)
        }
    }
}

extension TestDaemon {
    /// A container `server` that runs until it is removed.
    ///
    /// - Returns: its id.
    @discardableResult
    fileprivate func runServer(_ flags: String...) throws -> String {
        let started = try run(
            [Stage.berth, "run", "-d", "--name", "server"] + flags + ["busybox", "httpd", "-f"], environment: [host])
        return try #require(started.code == 0 ? started.lines.first : nil, "\(started.text)")
    }

    fileprivate func call(
        _ plugin: String, _ method: String, _ parameters: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let answer = try berth("plugin", "call", plugin, method, parameters)
        #expect(answer.code == 0, "\(method): \(answer.text)", sourceLocation: location)
    }

    /// Found with status 1 and untouched, mended with status 0, and gone.
    fileprivate func expectMended(
        _ check: String, _ object: String, _ message: String, flags: [String] = [],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        func doctor(_ more: String...) throws -> Output {
            try run([Stage.berth, "doctor"] + flags + more, environment: [host])
        }
        for _ in 0..<2 {
            let found = try doctor()
            #expect(found.code == 1, "\(found.text)", sourceLocation: location)
            let line = found.lines.first { $0.contains(object) && $0.contains(message) } ?? ""
            #expect(line.contains("(repair: "), "\(found.text)", sourceLocation: location)
            #expect(found.lines.contains(check), "\(found.text)", sourceLocation: location)
        }
        let mended = try doctor("--repair")
        #expect(mended.code == 0 && mended.text.contains("(repaired: "), "\(mended.text)", sourceLocation: location)
        let after = try doctor("--repair")
        #expect(after.code == 0 && after.text.hasSuffix("nothing wrong\n"), "\(after.text)", sourceLocation: location)
    }

    /// Found with status 1, also by a repair: the finding says what a person can do.
    fileprivate func expectLeft(_ finding: String, _ location: SourceLocation = #_sourceLocation) throws {
        for flags in [[], ["--repair"], []] {
            let found = try berth(["doctor"] + flags)
            #expect(found.code == 1, "\(found.text)", sourceLocation: location)
            #expect(found.text.contains(finding), "\(found.text)", sourceLocation: location)
            #expect(!found.text.contains("(repair"), "\(found.text)", sourceLocation: location)
        }
    }

    /// Executes SQL while the daemon is away.
    fileprivate func database(_ sql: String) throws {
        let program =
            "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
        let done = try run(["python3", "-c", program, "\(folder)/root/metadata.db", sql])
        #expect(done.code == 0, "\(done.text)")
    }

    /// Behind the driver's back.
    fileprivate func removeSnapshotFolder(of key: String) throws {
        let snapshots = "\(folder)/root/plugins/overlay/snapshots"
        let number = try listDirectory(snapshots).first { number in
            let record = try readFile("\(snapshots)/\(number)/snapshot.json")
            return String(decoding: record, as: UTF8.self).contains("\"\(key)\"")
                && !String(decoding: record, as: UTF8.self).contains("\"parent\":\"\(key)\"")
        }
        #expect(try run(["rm", "-r", "\(snapshots)/\(try #require(number))"]).code == 0)
    }

    fileprivate func shim(of id: String) throws -> SharedDescriptor {
        let record = String(decoding: try readFile("\(folder)/run/containers/\(id)/shim.json"), as: UTF8.self)
        let digits = record.split(separator: "\"shim\":").last?.drop { !$0.isNumber }.prefix { $0.isNumber } ?? ""
        return try ProcessDescriptor.open(try #require(CInt(digits))).shared()
    }

    fileprivate func largestBlob() throws -> String? {
        let blobs = "\(folder)/root/content/blobs/sha256"
        return try listDirectory(blobs).max { left, right in
            try readFile("\(blobs)/\(left)", limit: 64 << 20).count
                < readFile("\(blobs)/\(right)", limit: 64 << 20).count
        }
    }
}
