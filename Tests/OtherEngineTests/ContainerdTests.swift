import LinuxSystem
import Testing

extension EngineHost {
    func startContainerd() throws {
        let configuration = """
            version = 2
            root = "\(folder)/containerd"
            state = "\(folder)/containerd-state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
            address = "\(folder)/containerd.sock"
            """
        try writeFile("\(folder)/containerd.toml", Array(configuration.utf8))
        try start(["containerd", "--config", "\(folder)/containerd.toml"], until: "containerd successfully booted")
    }
}

/// Debian's containerd through its own client, with the runtime of this tree.
@Suite(.enabled(if: CurrentProcess.uid == 0)) struct ContainerdTests {
    private static let image = "docker.io/library/busybox:latest"

    private func with(_ body: (@escaping ([String]) throws -> EngineHost.Output, EngineHost) throws -> Void) throws {
        try EngineHost.with { host in
            try host.startContainerd()
            let ctr = { (words: [String]) throws in
                try host.run(["ctr", "--address", "\(host.folder)/containerd.sock"] + words)
            }
            let imported = try ctr(
                ["images", "import", "--base-name", "docker.io/library/busybox", try host.imageArchive()])
            try #require(imported.code == 0, "\(imported)")
            try body(ctr, host)
        }
    }

    @Test func tasksRunAndEnd() throws {
        try with { ctr, host in
            let launch = { (id: String, options: [String], words: [String]) throws in
                let own = [
                    "--runc-binary", host.runtime, "--snapshotter", "native", "--cgroup", "\(host.cgroupParent)/\(id)",
                ]
                return try ctr(["run"] + own + options + [Self.image, id] + words)
            }
            let hello = try launch("a", ["--rm"], ["sh", "-c", "echo hello; exit 7"])
            #expect(hello.code == 7 && hello.text.contains("hello"), "\(hello)")
            try #require(try launch("b", ["--detach", "--memory-limit", "67108864"], ["sleep", "1000"]).code == 0)
            let group = try Cgroup("\(host.cgroupParent)/b", in: .detect())
            #expect(try group.statistics().memoryLimit == 64 << 20)
            let exec = try ctr(["tasks", "exec", "--exec-id", "x", "b", "sh", "-c", "exit 5"])
            #expect(exec.code == 5, "\(exec)")
            #expect(try ctr(["tasks", "pause", "b"]).code == 0)
            #expect(try ctr(["tasks", "ls"]).text.contains("PAUSED"))
            #expect(try ctr(["tasks", "resume", "b"]).code == 0)
            #expect(try ctr(["tasks", "ps", "b"]).lines.count == 2)
            #expect(try ctr(["tasks", "metrics", "b"]).text.contains("pids.current"))
            let killed = try ctr(["tasks", "kill", "--signal", "9", "b"])
            #expect(killed.code == 0, "\(killed)")
            _ = try ctr(["tasks", "delete", "--force", "b"])
            #expect(try ctr(["containers", "delete", "b"]).code == 0)
        }
    }
}
