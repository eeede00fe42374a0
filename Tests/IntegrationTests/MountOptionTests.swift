import LinuxSystem
import TestSupport
import Testing

/// Every sub-option of `--mount`, and `--volumes-from`.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct MountOptionTests {
    /// A folder of the host with a mount below it.
    private static func withSource(
        _ daemon: TestDaemon, _ body: (String) throws -> Void
    ) throws {
        let source = "\(daemon.folder)/source"
        try makeDirectory("\(source)/below", mode: 0o755)
        #expect(try run(["mount", "-t", "tmpfs", "none", "\(source)/below"]).code == 0)
        #expect(try run(["mount", "--bind", source, source]).code == 0)
        #expect(try run(["mount", "--make-shared", source]).code == 0)
        let result = Result { try body(source) }
        #expect(try run(["umount", source]).code == 0)
        #expect(try run(["umount", "\(source)/below"]).code == 0)
        try result.get()
    }

    @Test func binds() async throws {
        try await TestDaemon.with { daemon in
            try Self.withSource(daemon) { source in
                // The bind of the source to itself hides what is below: from here on it is a mount of its own.
                #expect(try run(["mount", "-t", "tmpfs", "none", "\(source)/below"]).code == 0)
                let bind = "type=bind,src=\(source),dst=/m"
                let write = "touch /m/x 2>/dev/null && echo top; touch /m/below/x 2>/dev/null && echo below; true"
                let cases: [(String, String)] = [
                    (bind, "top\nbelow\n"), (bind + ",readonly", ""),
                    (bind + ",readonly,bind-recursive=writable", "below\n"),
                    (bind + ",readonly,bind-propagation=rprivate,bind-recursive=readonly", ""),
                    (bind + ",consistency=delegated", "top\nbelow\n"),
                ]
                for (mount, expected) in cases {
                    let output = try daemon.berth("run", "--rm", "--mount", mount, "busybox", "sh", "-c", write)
                    #expect(output.text == expected, "\(mount)")
                }
                let list = ["busybox", "ls", "/m/below"]
                #expect(try daemon.berth(["run", "--rm", "--mount", bind] + list).text == "x\n")
                let alone = bind + ",bind-recursive=disabled"
                #expect(try daemon.berth(["run", "--rm", "--mount", alone] + list).text == "")
                #expect(try run(["umount", "\(source)/below"]).code == 0)
            }
        }
    }

    @Test func propagation() async throws {
        try await TestDaemon.with { daemon in
            try Self.withSource(daemon) { source in
                let bind = "type=bind,src=\(source),dst=/m,bind-propagation"
                let privileges = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"]
                let mount = ["busybox", "sh", "-c", "mkdir -p /m/in && mount -t tmpfs t /m/in && touch /m/in/x"]
                for (mode, isSeen) in [("shared", true), ("rslave", false), ("rprivate", false)] {
                    try daemon.succeed(["run", "--rm", "--mount", "\(bind)=\(mode)"] + privileges + mount)
                    #expect(fileExists("\(source)/in/x") == isSeen, "\(mode)")
                    if isSeen { #expect(try run(["umount", "\(source)/in"]).code == 0) }
                }
                try makeDirectory("\(source)/out", mode: 0o755)
                let watch = ["busybox", "sleep", "1000000"]
                for (mode, isSeen) in [("rslave", true), ("rprivate", false)] {
                    try daemon.succeed(["run", "-d", "--name", "watcher", "--mount", "\(bind)=\(mode)"] + watch)
                    #expect(try run(["mount", "-t", "tmpfs", "none", "\(source)/out"]).code == 0)
                    try writeFile("\(source)/out/y", [])
                    let seen = try daemon.berth("exec", "watcher", "ls", "/m/out").text
                    #expect(seen == (isSeen ? "y\n" : ""), "\(mode)")
                    #expect(try run(["umount", "\(source)/out"]).code == 0)
                    try daemon.succeed(["rm", "-f", "watcher"])
                }
            }
        }
    }

    /// A link in a volume leads to the volume's own files, or nowhere.
    @Test func partsOfVolumesAndImages() async throws {
        try await TestDaemon.with { daemon in
            let fill = """
                mkdir -p /v/a/b /v/etc; echo deep > /v/a/b/file; echo own > /v/etc/name; ln -s a/b /v/link
                ln -s /etc /v/absolute; ln -s ../../../../../../../etc /v/up; ln -s /proc/self/root /v/magic
                """
            let labelled = "src=data,dst=/v,volume-label=a=b,volume-driver=local"
            try daemon.succeed(["run", "--rm", "--mount", labelled, "busybox", "sh", "-c", fill])
            #expect(try daemon.berth("volume", "inspect", "-f", "{{.Labels.a}}", "data").text == "b\n")
            let parts = [
                ("a/b", "file\n"), ("link", "file\n"), ("absolute", "name\n"), ("up", "name\n"), ("a/b/file", "/m\n"),
            ]
            for (part, expected) in parts {
                let mount = "src=data,dst=/m,volume-subpath=\(part)"
                #expect(try daemon.berth("run", "--rm", "--mount", mount, "busybox", "ls", "/m").text == expected)
            }
            for part in ["magic", "nowhere"] {
                let mount = "src=data,dst=/m,volume-subpath=\(part)"
                let output = try daemon.berth("run", "--rm", "--mount", mount, "busybox", "ls", "/m")
                #expect(output.code == 125 && output.text.contains("on /m"), "\(output.text)")
            }
            let image = "type=image,src=busybox,dst=/m"
            let script = "cat /m/passwd | head -1; touch /m/x"
            let output = try daemon.berth(
                "run", "--rm", "--mount", image + ",image-subpath=etc", "busybox", "sh", "-c", script)
            #expect(output.text == "root:x:0:0:root:/root:/bin/sh\ntouch: /m/x: Read-only file system\n")
            let whole = try daemon.berth("run", "--rm", "--mount", image, "busybox", "ls", "-d", "/m/bin/busybox")
            #expect(whole.text == "/m/bin/busybox\n")
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    @Test func mountsOfAnotherContainer() async throws {
        try await TestDaemon.with { daemon in
            let image = "type=image,src=busybox,dst=/image"
            let mounts = ["-v", "data:/ro:ro", "-v", "/own", "-v", "\(daemon.folder):/host", "--mount", image]
            try daemon.succeed(["create", "--name", "donor"] + mounts + ["busybox", "true"])
            let script = """
                for place in /ro /own /host /image; do touch $place/x 2>/dev/null && echo $place; done; ls /image/bin/busybox
                """
            let run = ["busybox", "sh", "-c", script]
            let all = try daemon.berth(["run", "--rm", "--volumes-from", "donor"] + run).text
            #expect(all == "/own\n/host\n/image/bin/busybox\n")
            let readOnly = try daemon.berth(["run", "--rm", "--volumes-from", "donor:ro", "-v", "/host"] + run).text
            #expect(readOnly == "/host\n/image/bin/busybox\n")
            // A borrower's end takes nothing away from the owner.
            #expect(try daemon.berth("volume", "ls", "-q").lines.count == 2)
            #expect(try daemon.berth("rmi", "busybox").text.contains("is using its image"))
            #expect(try daemon.berth("doctor").code == 0)
            try daemon.succeed(["rm", "-v", "donor"])
            try daemon.succeed(["volume", "rm", "data"])
            #expect(try daemon.berth("doctor").code == 0)
        }
    }
}
