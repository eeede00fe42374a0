import JSON
import LinuxSystem
import TestSupport
import Testing

/// What other programs make of an image that was committed here.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct OtherReaderTests {
    /// Of every kind that a layer has to tell: gone, new, replaced, of another kind, made anew.
    private static let change = """
        rm /etc/group; rm -r /var/www; mkdir /var/www; echo anew > /var/www/own; echo other > /etc/passwd
        rm /bin/ash; mkdir /bin/ash; echo in > /bin/ash/file; rm -r /root; echo now-a-file > /root
        mkdir -m 1770 /folder; chown 12:34 /folder; echo x > /folder/f; ln /folder/f /hard; ln -s f /folder/link
        chmod 700 /tmp; mkfifo /pipe; chmod 4755 /bin/busybox; touch '/odd "name'
        """

    @Test func aPushedCommitIsTheSameElsewhere() async throws {
        let registry = try DebianRegistry()
        try await TestDaemon.with { daemon in
            let (folder, name) = (daemon.folder, "\(registry.domain)/team/made:1")
            try daemon.succeed(["run", "--name", "box", "busybox", "sh", "-c", Self.change])
            try daemon.succeed(["commit", "-c", "CMD [\"cat\", \"/folder/link\"]", "box", name])
            try daemon.succeed(["push", "-q", name])
            let read = try run(
                [
                    "sh", "-euc",
                    """
                    cd \(folder); skopeo copy -q --src-tls-verify=false docker://\(name) oci:layout:1
                    umoci unpack --image layout:1 bundle > umoci.log 2>&1 || { cat umoci.log; exit 1; }
                    mkdir box; \(Stage.berth) export box | tar -xp -C box
                    chroot bundle/rootfs /bin/sh -c 'cat /folder/link; cat /var/www/*; test -e /etc/group || echo gone'
                    """,
                ], environment: [daemon.host, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
            #expect(read.code == 0 && read.text == "x\nanew\ngone\n", "\(read.text)")
            let (theirs, ours) = (try tree("\(folder)/bundle/rootfs"), try tree("\(folder)/box"))
            #expect(theirs.contains { $0.hasSuffix("  ./folder/f") } && theirs.contains("root|f|644|0|0|1|"))
            #expect(theirs == ours, "\(Set(theirs).symmetricDifference(ours).sorted())")
            // The layer by itself: what is gone is said as the specification has it, and each once.
            let layers =
                try JSON(
                    parsing: Array(
                        run([
                            "skopeo", "inspect", "--raw", "oci:\(folder)/layout:1",
                        ]).text.utf8))["layers"]?.array ?? []
            let digest = try #require(layers.last?["digest"]?.string).dropFirst("sha256:".count)
            let names = try run(["tar", "-tzf", "\(folder)/layout/blobs/sha256/\(digest)"]).lines
            #expect(names.filter { $0.contains(".wh.") } == ["etc/.wh.group", "var/www/.wh..wh..opq"], "\(names)")
            #expect(
                Set(names).count == names.count && names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            // And it comes back.
            try daemon.succeed(["rm", "box"])
            try daemon.succeed(["rmi", name])
            #expect(try daemon.succeed(["run", "--rm", "--pull", "always", "-q", name]).text == "x\n")
        }
    }

    /// One line for each file, without the places of mounts.
    private func tree(_ path: String) throws -> [String] {
        let script = """
            cd \(path); find . ! -path './etc/h*' ! -path './etc/resolv*' -printf '%P|%y|%m|%U|%G|%n|%l\\n' | grep -v '|d' | sort
            find . ! -path './etc/h*' -type d -printf '%P|%m|%U|%G\\n' | sort; find . -type f -size +0 | sort | xargs -d '\\n' sha256sum
            """
        return try run(["sh", "-c", script]).lines
    }
}
