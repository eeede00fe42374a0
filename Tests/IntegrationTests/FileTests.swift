import LinuxSystem
import TestSupport
import Testing

/// Files in and out of containers: Docs/files.md.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct FileTests {
    /// docker's rules, on a container that runs and on one that does not.
    @Test(arguments: [true, false]) func copiesGoWhereDockerPutsThem(_ isRunning: Bool) async throws {
        try await TestDaemon.with { daemon in
            let local = "\(daemon.folder)/local"
            try makeDirectory("\(local)/d/sub")
            try writeFile("\(local)/f", Array("file".utf8))
            try writeFile("\(local)/d/a", Array("a".utf8))
            try daemon.succeed(["create", "--name", "web", "-v", "data:/data", "busybox", "sleep", "1000000"])
            if isRunning { try daemon.succeed(["start", "web"]) }
            // source, destination, where the file then is
            let good = [
                ("f", "/tmp", "/tmp/f"), ("f", "/tmp/", "/tmp/f"), ("f", "/tmp/name", "/tmp/name"),
                ("f", "/tmp/name", "/tmp/name"), ("d", "/tmp", "/tmp/d/a"), ("d", "/made", "/made/a"),
                ("d/.", "/other", "/other/a"), ("d/.", "/tmp", "/tmp/a"), ("f", "/data", "/data/f"),
                ("d/", "/data/tree", "/data/tree/a"),
            ]
            for (source, target, place) in good {
                try daemon.succeed(["cp", "\(local)/\(source)", "web:\(target)"])
                try daemon.succeed(["cp", "web:\(place)", "\(local)/back"])
                let text = String(decoding: try readFile("\(local)/back"), as: UTF8.self)
                #expect(text == (source == "f" ? "file" : "a"), "\(source) to \(target)")
                try removeFile("\(local)/back")
            }
            let bad = [
                (["\(local)/f", "web:/none/"], "no such directory"),
                (["\(local)/f", "web:/none/f"], "could not find the file /none in container web"),
                (["\(local)/d", "web:/tmp/name"], "cannot copy directory"),
                (["\(local)/none", "web:/tmp"], "no such file or directory"),
                (["web:/none", local], "could not find the file /none in container web"),
                (["web:/tmp/name", "\(local)/none/x"], "invalid output path"),
                (["web:/tmp", "\(local)/f"], "cannot copy directory"),
                (["web:/tmp", "web:/other"], "copying between containers is not supported"),
                (["a", "b"], "must specify at least one container source"),
                (["gone:/tmp", local], "no such container: gone"),
            ]
            for (arguments, words) in bad {
                let output = try daemon.berth(["cp"] + arguments)
                #expect(output.code == 1 && output.text.contains(words), "\(arguments): \(output.text)")
            }
            try daemon.succeed(["rm", "-f", "web"])
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    /// CVE-2018-15664: a folder of the container is exchanged for a link to the host's while a copy is under way.
    @Test func aCopyFollowsNoExchangedLink() async throws {
        try await TestDaemon.with { daemon in
            let outside = "\(daemon.folder)/outside"
            try makeDirectory(outside)
            try writeFile("\(outside)/secret", Array("host".utf8))
            try writeFile("\(daemon.folder)/payload", Array("payload".utf8))
            // The path exists in the container too, as its own files.
            let exchange = """
                mkdir -p \(outside) /w/real; echo inside > \(outside)/secret; echo inside > /w/real/secret; touch /ready
                while true; do ln -s \(outside) /w/link; mv -T /w/link /w/x; rm /w/x
                mkdir /w/x; cp /w/real/secret /w/x/secret; rm -r /w/x; done
                """
            try daemon.succeed(["run", "-d", "--name", "bad", "busybox", "sh", "-c", exchange])
            while try daemon.berth("exec", "bad", "test", "-e", "/ready").code != 0 {}
            for round in 0..<60 {
                let target = "\(daemon.folder)/read-\(round)"
                if try daemon.berth("cp", "bad:/w/x/secret", target).code == 0 {
                    #expect(String(decoding: try readFile(target), as: UTF8.self) != "host")
                }
                _ = try daemon.berth("cp", "\(daemon.folder)/payload", "bad:/w/x/secret")
            }
            #expect(String(decoding: try readFile("\(outside)/secret"), as: UTF8.self) == "host")
            #expect(try listDirectory(outside) == ["secret"])
            try daemon.succeed(["rm", "-f", "bad"])
        }
    }

    /// An archive that a container made does not leave the folder that it is copied to.
    @Test func aCopyToTheHostStaysInItsFolder() async throws {
        try await TestDaemon.with { daemon in
            let outside = "\(daemon.folder)/outside"
            try makeDirectory(outside)
            try makeDirectory("\(daemon.folder)/target/tree")
            // A link in the target that leads out, where the archive has a folder.
            #expect(try run(["ln", "-s", outside, "\(daemon.folder)/target/tree/sub"]).code == 0)
            try daemon.succeed([
                "run", "--name", "box", "busybox", "sh", "-c", "mkdir -p /tree/sub; echo x > /tree/sub/f",
            ])
            let copied = try daemon.berth("cp", "box:/tree", "\(daemon.folder)/target")
            #expect(copied.code == 1 && copied.text.contains("cannot overwrite"), "\(copied.text)")
            #expect(try listDirectory(outside).isEmpty)
            try daemon.succeed(["rm", "box"])
        }
    }

    /// Replacing it would take the mount away from the container: it is done from another mount namespace.
    @Test func aFileThatIsAMountIsNotReplaced() async throws {
        try await TestDaemon.with { daemon in
            try writeFile("\(daemon.folder)/file", Array("new\n".utf8))
            try daemon.succeed(["run", "-d", "--name", "box", "busybox", "sleep", "1000000"])
            let before = try daemon.succeed(["exec", "box", "cat", "/etc/hosts"]).text
            let copied = try daemon.berth("cp", "\(daemon.folder)/file", "box:/etc/hosts")
            #expect(copied.code == 1 && copied.text.contains("Device or resource busy"), "\(copied.text)")
            #expect(try daemon.succeed(["exec", "box", "cat", "/etc/hosts"]).text == before)
            #expect(try daemon.berth("exec", "box", "grep", "-q", " /etc/hosts ", "/proc/mounts").code == 0)
            try daemon.succeed(["rm", "-f", "box"])
        }
    }

    @Test func aContainerThatNeverRanHasChangesToo() async throws {
        try await TestDaemon.with { daemon in
            try writeFile("\(daemon.folder)/file", Array("new\n".utf8))
            try daemon.succeed(["create", "--name", "box", "busybox", "cat", "/file"])
            #expect(try daemon.succeed(["diff", "box"]).text == "")
            try daemon.succeed(["cp", "\(daemon.folder)/file", "box:/"])
            #expect(try daemon.succeed(["diff", "box"]).text == "A /file\n")
            try daemon.succeed(["commit", "box", "made:1"])
            #expect(try daemon.succeed(["run", "--rm", "made:1"]).text == "new\n")
            try daemon.succeed(["rm", "box"])
        }
    }

    @Test func whatWasCommittedIsThereAgain() async throws {
        try await TestDaemon.with { daemon in
            let change = """
                echo new > /new; ln /new /hard; ln -s /no/where /link; mkdir -m 1770 /folder; chown 12:34 /folder
                rm /etc/group; mkfifo /pipe; echo secret > /data/in-volume; mkdir /empty; touch '/odd name'
                rm -r /var 2> /dev/null; dd if=/dev/zero of=/big bs=1 count=1 seek=67108864 2> /dev/null
                """
            try daemon.succeed(["run", "--name", "box", "-v", "/data", "-e", "A=1", "busybox", "sh", "-c", change])
            let list = try daemon.succeed(["diff", "box"]).lines
            for line in ["A /new", "A /hard", "A /link", "A /folder", "C /etc", "D /etc/group", "A /odd name"] {
                #expect(list.contains(line), "\(line) is not in \(list)")
            }
            for path in ["/proc", "/etc/hosts", "/data", "/dev"] {
                #expect(!list.contains { $0.hasSuffix(" \(path)") }, "\(path) is in \(list)")
            }
            try daemon.succeed([
                "commit", "-a", "me", "-m", "note", "-c", "CMD [\"cat\", \"/new\"]", "-c", "ENV B=\"2 3\" C=4",
                "-c", "LABEL x=y", "-c", "WORKDIR /folder", "-c", "EXPOSE 80", "-c", "HEALTHCHECK --retries=2 CMD true",
                "box", "made:1",
            ])
            #expect(try daemon.succeed(["run", "--rm", "made:1"]).text == "new\n")
            let check = """
                stat -c %h /new; stat -c '%u %g %a' /folder; readlink /link; test -p /pipe && echo pipe
                test -e /etc/group || echo gone; test -e /data/in-volume || echo clean; echo $A$B$C; pwd; stat -c %s /big
                """
            let seen = try daemon.succeed(["run", "--rm", "made:1", "sh", "-c", check]).lines
            #expect(
                seen == ["2", "12 34 1770", "/no/where", "pipe", "gone", "clean", "12 34", "/folder", "67108865"],
                "\(seen)")
            let format = "{{.Author}} {{index .Config.Labels \"x\"}} {{.Config.ExposedPorts}}"
            #expect(try daemon.succeed(["inspect", "-f", format, "made:1"]).text.contains("me y"))
            // The same content makes the same layer.
            let layers = "{{index .RootFS.Layers 1}}"
            try daemon.succeed(["commit", "box", "made:2"])
            let first = try daemon.succeed(["inspect", "-f", layers, "made:1"]).text
            #expect(try daemon.succeed(["inspect", "-f", layers, "made:2"]).text == first)
            for (change, words) in [
                ("RUN true", "run is not a valid change command"), ("EXPOSE x", "invalid containerPort"),
                ("ENV", "requires an argument"),
            ] {
                let refused = try daemon.berth("commit", "-c", change, "box", "bad:1")
                #expect(refused.code == 1 && refused.text.contains(words), "\(refused.text)")
            }
            #expect(try !daemon.succeed(["images"]).text.contains("bad"))
            try daemon.succeed(["rm", "-v", "box"])
        }
    }

    /// A pausing commit is a pause like another: told, seen, and only of what runs.
    @Test func aCommitPausesAsPauseDoes() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "box", "busybox", "sleep", "1000000"])
            try daemon.succeed(["commit", "--no-pause", "box", "made:1"])
            #expect(try daemon.actions(of: "box").suffix(2) == ["start", "commit"])
            try daemon.succeed(["commit", "box", "made:2"])
            #expect(try daemon.actions(of: "box").suffix(3) == ["pause", "unpause", "commit"])
            #expect(try daemon.inspect("box", "{{.State.Status}}") == "running")
            // While the differ stands still, so does the container, and one can let it go on.
            let overlay = try ProcessDescriptor.open(try daemon.pid(ofPlugin: "overlay")).shared()
            try ProcessDescriptor.signal(overlay.raw, 19)
            let commit = try daemon.begin(["commit", "box", "made:3"])
            try daemon.await("box", "{{.State.Status}}", "paused")
            try daemon.succeed(["unpause", "box"])
            try ProcessDescriptor.signal(overlay.raw, 18)
            #expect(try commit.wait().code == 0, "\(commit.text)")
            try daemon.succeed(["pause", "box"])
            try daemon.succeed(["commit", "box", "made:4"])
            #expect(try daemon.actions(of: "box").suffix(2) == ["pause", "commit"])
            #expect(try daemon.inspect("box", "{{.State.Status}}") == "paused")
            try daemon.succeed(["rm", "-f", "box"])
        }
    }

    @Test func anArchiveMayBeCompressed() async throws {
        try await TestDaemon.with { daemon in
            let tree = "\(daemon.folder)/tree"
            try makeDirectory(tree)
            try daemon.succeed(["create", "--name", "box", "busybox", "true"])
            let copy = "\(Stage.berth) cp - box:/tmp"
            for (number, option) in ["", "z", "j", "J", "--zstd"].enumerated() {
                try writeFile("\(tree)/f\(number)", Array("\(number)".utf8))
                let name = option.hasPrefix("-") ? "-c \(option)" : "-c\(option)"
                let sent = try run(
                    ["sh", "-c", "tar \(name) -C \(tree) f\(number) | \(copy)"], environment: [daemon.host])
                #expect(sent.code == 0, "\(option): \(sent.text)")
                try daemon.succeed(["cp", "box:/tmp/f\(number)", "\(daemon.folder)/back"])
                #expect(try readFile("\(daemon.folder)/back") == Array("\(number)".utf8))
            }
            let bad = [
                ("tar -cJ -C \(tree) . | head -c 100", "the archive ends in the middle of its xz stream"),
                ("(tar -cz -C \(tree) .; echo more)", "bytes follow the end of the gzip stream"),
                ("echo text | gzip", "not a tar archive"),
            ]
            for (source, words) in bad {
                let sent = try run(["sh", "-c", "\(source) | \(copy)"], environment: [daemon.host])
                #expect(sent.code == 1 && sent.text.contains(words) && sent.lines.count == 1, "\(sent.text)")
            }
            try daemon.succeed(["rm", "box"])
        }
    }

    @Test func anExportIsTheRootWithoutItsMounts() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "box", "-v", "data:/data", "busybox", "sleep", "1000000"])
            try daemon.succeed(["exec", "box", "sh", "-c", "echo 1 > /data/in-volume; echo 1 > /in-root"])
            let file = "\(daemon.folder)/root.tar"
            for isRunning in [true, false] {
                if !isRunning { try daemon.succeed(["stop", "-t", "0", "box"]) }
                try daemon.succeed(["export", "-o", file, "box"])
                let names = try run(["tar", "tf", file]).lines
                #expect(names.contains("in-root") && names.contains("bin/busybox") && names.contains("proc/"))
                #expect(!names.contains("data/in-volume") && !names.contains { $0.hasPrefix("proc/1") })
            }
            #expect(
                try daemon.berth("export", "-o", "\(daemon.folder)/none/x", "box").text.contains("invalid output path"))
            try daemon.succeed(["rm", "box"])
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    @Test func twoClientsAndABigFileAtOnce() async throws {
        try await TestDaemon.with { daemon in
            let big = "\(daemon.folder)/big"
            #expect(try run(["truncate", "-s", "1G", big]).code == 0)
            #expect(try run(["sh", "-c", "echo end >> \(big)"]).code == 0)
            try daemon.succeed(["create", "--name", "box", "-v", "data:/data", "busybox", "sleep", "1000000"])
            let copies = try (0..<2).map { try daemon.begin(["cp", big, "box:/data/big\($0)"]) }
            for copy in copies { #expect(try copy.wait().code == 0, "\(copy.text)") }
            try daemon.succeed(["start", "box"])
            let seen = try daemon.succeed([
                "exec", "box", "sh", "-c", "tail -c 4 /data/big0; stat -c %s /data/big1; du -k /data/big1",
            ])
            #expect(seen.lines.prefix(2) == ["end", "1073741828"])
            // The holes are holes.
            #expect(Int(seen.lines.last?.prefix { $0.isNumber } ?? "") ?? .max < 1000, "\(seen.text)")
            try daemon.succeed(["rm", "-f", "box"])
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    /// A copy whose client does not end holds up no removal, nor do those that wait for it.
    @Test func aRemovalEndsACopy() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["create", "--name", "box", "busybox", "true"])
            let pipe = try Pipe().shared()
            var request = SpawnRequest(
                .path(Stage.berth), arguments: ["berth", "cp", "-", "box:/tmp"], environment: [daemon.host])
            request.descriptors = [0: pipe.read, 1: try openNullDevice(), 2: try openNullDevice()]
            let copy = try spawn(request)
            // It is under way once a helper has the stream.
            while try daemon.helper(reading: pipe.read) == nil,
                try !ProcessDescriptor.waitUntilEnded(copy.pidfd.raw, milliseconds: 1)
            {}
            let waiting = try daemon.begin(["cp", "box:/bin/busybox", "-"])
            #expect(try !waiting.ends(within: 100))
            try daemon.succeed(["rm", "box"])
            #expect(try ProcessDescriptor.wait(copy.pidfd.raw)?.code == 1)
            #expect(try waiting.wait().code == 1)
            withExtendedLifetime(pipe.write) {}
        }
    }

    @Test func aFullDiskLeavesNothingOfACommit() async throws {
        try await TestDaemon.with(disk: 24 << 20) { daemon in
            try daemon.succeed([
                "run", "--name", "box", "busybox", "dd", "if=/dev/urandom", "of=/big", "bs=64k", "count=160",
            ])
            let blobs = "\(daemon.folder)/root/content/blobs/sha256"
            let before = try listDirectory(blobs).sorted()
            let committed = try daemon.berth("commit", "box", "big:1")
            #expect(committed.code == 1 && committed.text.lowercased().contains("no space left"), "\(committed.text)")
            #expect(try listDirectory(blobs).sorted() == before)
            #expect(try listDirectory("\(daemon.folder)/root/content/ingest").isEmpty)
            #expect(try !daemon.succeed(["images"]).text.contains("big"))
            #expect(try daemon.succeed(["run", "--rm", "busybox", "echo", "room"]).text == "room\n")
            try daemon.succeed(["rm", "box"])
        }
    }
}
