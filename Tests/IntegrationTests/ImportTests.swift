import LinuxSystem
import TestSupport
import Testing

/// Images made of archives: Docs/files.md.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct ImportTests {
    @Test func whatWasExportedIsThereAgain() async throws {
        try await TestDaemon.with { daemon in
            let change = """
                ln /bin/busybox /hard; chmod 4755 /bin/busybox; chown 12:34 /etc; mkfifo /pipe; echo n > '/odd name'
                ln -s /no/where /link; dd if=/dev/zero of=/big bs=1 count=1 seek=8388608 2> /dev/null
                """
            try daemon.succeed(["run", "--name", "box", "-e", "A=1", "busybox", "sh", "-c", change])
            try daemon.succeed(["export", "-o", "\(daemon.folder)/root.tar", "box"])
            let list = "find / -xdev ! -path '/proc*' ! -path '/sys*' ! -path '/dev*' ! -path '/etc/[hr]*' | sort"
            let look = [
                "sh", "-c",
                "\(list) | tr '\\n' '\\0' | xargs -0 stat -c '%n %F %a %u %g %s %Y' | grep -v '^/ \\|^/etc '; stat -c '%u %g' /etc",
            ]
            let all = try daemon.succeed(["commit", "box", "committed"])
            #expect(all.code == 0)
            let expected = try daemon.succeed(["run", "--rm", "committed"] + look).lines
            var layers: Set<String> = []
            for (index, program) in ["cat", "gzip -c", "bzip2 -c", "xz -0 -c", "zstd -q -c"].enumerated() {
                let name = "made:\(index)"
                let command = "\(program) root.tar | \(Stage.berth) import -c 'CMD [\"true\"]' - \(name)"
                let made = try run(["sh", "-c", "cd \(daemon.folder); \(command)"], environment: [daemon.host])
                #expect(made.code == 0 && made.text.hasPrefix("sha256:") && made.text.count == 72, "\(made.text)")
                #expect(try daemon.inspect(name, "{{.Id}}") + "\n" == made.text)
                layers.insert(try daemon.inspect(name, "{{.RootFS.Layers}}"))
                try #require(try daemon.berth("run", "--rm", name).code == 0)
                let seen = try daemon.succeed(["run", "--rm", name] + look).lines
                let difference = Set(seen).symmetricDifference(expected)
                #expect(difference.isEmpty && seen.count == expected.count, "\(difference.sorted())")
            }
            // The layer is the tar as it was, as other engines name it.
            let digest = try run(["sha256sum", "\(daemon.folder)/root.tar"]).text.prefix(64)
            #expect(layers == ["[sha256:\(digest)]"])
            try daemon.succeed(["rm", "box"])
        }
    }

    @Test func whatIsSaidOfAnImageIsItsOwn() async throws {
        try await TestDaemon.with { daemon in
            let file = "\(daemon.folder)/a.tar"
            try writeFile("\(daemon.folder)/f", Array("text".utf8))
            #expect(try run(["tar", "-cf", file, "-C", daemon.folder, "f"]).code == 0)
            let id = try daemon.succeed([
                "image", "import", "-m", "my words", "--platform", "linux/arm64", "-c", "ENV A=1 B=2",
                "-c", "ENTRYPOINT [\"/f\"]", file, "files/only:1",
            ]).lines[0]
            let format = "{{.Os}}/{{.Architecture}} {{.Config.Env}} {{.Config.Entrypoint}} {{len .RootFS.Layers}}"
            #expect(try daemon.inspect("files/only:1", format) == "linux/arm64 [A=1 B=2] [/f] 1")
            let events = try daemon.berth(
                "events", "--since", "1", "--until", "0s", "-f", "type=image", "--format", "{{.Action}} {{.Actor.ID}}")
            #expect(events.lines.last == "import \(id)")
            // Without a name it is there by its id alone.
            let bare = try daemon.succeed(["import", file]).lines[0]
            #expect(bare != id)
            #expect(try daemon.succeed(["images", "--filter", "dangling=true", "-q", "--no-trunc"]).lines == [bare])
            for image in [id, bare] { try daemon.succeed(["rmi", image]) }
        }
    }

    @Test func whatIsNoArchiveLeavesNothing() async throws {
        try await TestDaemon.with { daemon in
            let folder = daemon.folder
            let blobs = "\(folder)/root/content/blobs/sha256"
            let before = try listDirectory(blobs).sorted()
            try writeFile("\(folder)/f", Array(repeating: 0x78, count: 100_000))
            let script = """
                cd \(folder); tar -cf good.tar f; head -c 50000 good.tar > cut.tar; gzip -c cut.tar > inside.gz
                gzip -c good.tar | head -c 90 > cut.gz; tar --transform 's,^,../../,' -Pcf out.tar f; mkdir dir
                """
            #expect(try run(["sh", "-c", script]).code == 0)
            let bad: [([String], String)] = [
                (["f"], "not a tar archive"), (["cut.tar"], "Truncated tar archive"),
                (["inside.gz"], "Truncated tar archive"),
                (["cut.gz"], "the archive ends in the middle of its gzip stream"), (["out.tar"], "../../f"),
                (["none"], "open \(folder)/none: no such file or directory"), (["dir"], "Is a directory"),
                (["good.tar", "Bad:1"], "must be lowercase"),
                (["good.tar", "a@sha256:\(String(repeating: "0", count: 64))"], "digest reference"),
                (["-c", "RUN true", "good.tar"], "run is not a valid change command"),
                (["--platform", "a/b/c/d", "good.tar"], "is not a platform"),
                (["--platform", "windows/amd64", "good.tar"], "operating system is not supported"),
                (["http://localhost/a.tar"], "a URL is not fetched"),
            ]
            for (arguments, words) in bad {
                let files = try listDirectory(folder)
                let refused = try daemon.berth(
                    ["import"] + arguments.map { files.contains($0) || $0 == "none" ? "\(folder)/\($0)" : $0 })
                #expect(
                    refused.code == 1 && refused.text.contains(words) && refused.lines.count <= 2,
                    "\(arguments): \(refused.text)")
            }
            #expect(try daemon.berth("import").code == 1)
            #expect(try listDirectory(blobs).sorted() == before)
            #expect(try listDirectory("\(folder)/root/content/ingest").isEmpty)
            // Who gives up ends the work.
            let pipe = try Pipe().shared()
            var request = SpawnRequest(
                .path(Stage.berth), arguments: ["berth", "import", "-"], environment: [daemon.host])
            request.descriptors = [0: pipe.read, 1: try openNullDevice(), 2: try openNullDevice()]
            let client = try spawn(request).shared()
            while try daemon.helper(reading: pipe.read) == nil,
                try !ProcessDescriptor.waitUntilEnded(client.raw, milliseconds: 1)
            {}
            let helper = try #require(try daemon.helper(reading: pipe.read))
            let end = try ProcessDescriptor.open(helper).shared()
            try ProcessDescriptor.signal(client.raw, 9)
            _ = try ProcessDescriptor.wait(client.raw)
            #expect(try ProcessDescriptor.waitUntilEnded(end.raw, milliseconds: 60_000))
            withExtendedLifetime(pipe.write) {}
        }
    }
}
