import ArgumentParser
import BerthAPI
import JSON
import JSONRPC
import Synchronization
import Testing

@testable import BerthCLI

@Suite struct CommandTests {
    private static let wrongLines: [(arguments: [String], status: CInt, message: String)] = [
        (["frob"], 1, "berth: 'frob' is not a berth command.\nSee 'berth --help'.\n"),
        (["run"], 125, "'berth run' requires at least 1 argument.\nSee 'berth run --help'.\n"),
        (["run", "--frob", "image"], 125, "unknown flag: --frob\nSee 'berth run --help'.\n"),
        (
            ["container", "run", "-z"], 125,
            "unknown shorthand flag: 'z' in -z\nSee 'berth container run --help'.\n"
        ),
        (["ps", "--frob=1"], 125, "unknown flag: --frob\nSee 'berth ps --help'.\n"),
        (["run", "-p"], 125, "flag needs an argument: -p\nSee 'berth run --help'.\n"),
        (
            ["stop", "-t", "abc", "x"], 125,
            "invalid argument \"abc\" for \"-t\" flag: not a number in its range\nSee 'berth stop --help'.\n"
        ),
        (
            ["run", "--pull", "now", "x"], 125,
            "invalid argument \"now\" for \"--pull\" flag: one of 'always', 'missing' or 'never'.\n"
                + "See 'berth run --help'.\n"
        ),
        (["rm"], 1, "'berth rm' requires at least 1 argument.\nSee 'berth rm --help'.\n"),
        (["exec", "c"], 1, "'berth exec' requires at least 2 arguments.\nSee 'berth exec --help'.\n"),
        (
            ["run", "-p", "80:x", "image"], 125,
            "berth: invalid argument \"80:x\" for \"-p, --publish\" flag: invalid containerPort: x\n"
                + "See 'berth run --help'.\n"
        ),
        (["run", "-it", "image"], 1, "berth: the input device is not a TTY\n"),
        (
            ["--host", "tcp://h", "ps"], 1,
            "invalid host \"tcp://h\"\nHint: give the daemon's socket as unix:///path/to/berth.sock\n"
        ),
        (["-H"], 125, "flag needs an argument: -H\nSee 'berth --help'.\n"),
    ]

    @Test(arguments: Self.wrongLines.indices)
    func usageErrors(_ index: Int) throws {
        let (arguments, status, message) = Self.wrongLines[index]
        let run = try CommandRun.run(arguments)
        #expect(run.error == message)
        #expect(run.status == status)
        #expect(run.output == "")
    }

    @Test func help() throws {
        for arguments in [
            ["--help"], ["run", "--help"], ["container", "--help"], ["help", "run"], ["exec", "--help"], [],
        ] {
            let run = try CommandRun.run(arguments)
            #expect(run.status == 0 && run.output.contains("USAGE: berth"), "\(arguments)")
        }
    }

    @Test(arguments: [["ps"], ["run", "x"], ["create", "x"]])
    func noDaemon(_ arguments: [String]) throws {
        let run = try CommandRun.run(arguments, host: "/nowhere/berth.sock")
        let sentence = "Cannot connect to the Berth daemon at unix:///nowhere/berth.sock. Is berthd running?\n"
        let isRun = arguments[0] == "run"
        #expect(run.error == (isRun ? "berth: " + sentence : sentence))
        #expect(run.status == (isRun ? 125 : 1))
    }

    @Test func versionWithoutADaemonStillSaysTheClients() throws {
        let run = try CommandRun.run(["version"], host: "/nowhere/berth.sock")
        #expect(run.status == 1 && run.output.hasPrefix("Client:\n Version:"))
    }

    private static let parserWords = ["--help", "--generate-completion-script"]

    /// Every flag reaches the daemon as the configuration says.
    @Test func createSendsItsConfiguration() throws {
        let shared = Shared<ContainerCreate?>(nil)
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { request, _ in
                shared.value.withLock { $0 = request }
                return ContainerCreate.Result(id: "0123", warnings: ["no swap limit"])
            }
        }
        let run = try CommandRun.run(
            [
                "create", "-it", "--rm=true", "--init=false", "--name=web", "-h", "box", "-eA=1", "-e", "HOME",
                "-p8080:80",
                "-m512m", "--cpus", "1.5", "-v", "data:/d:ro", "--tmpfs", "/run", "--cap-drop", "ALL", "-l", "k=v",
                "--log-opt", "max-size=1m", "--network", "none", "busybox", "sh", "-c", "echo -- $A", "--rm=true", "--",
                "-x",
            ] + Self.parserWords, host: daemon.path, environment: ["HOME": "/root"])
        try daemon.stop()
        #expect(run.error == "WARNING: no swap limit\n")
        #expect(run.output == "0123\n" && run.status == 0)
        let request = try #require(shared.value.withLock { $0 })
        let config = request.config
        #expect(request.name == "web" && config.image == "busybox" && config.hostname == "box")
        #expect(config.command == ["sh", "-c", "echo -- $A", "--rm=true", "--", "-x"] + Self.parserWords)
        #expect(config.terminal == true && config.openStdin == true && config.autoRemove == true)
        #expect(config.initProcess == nil)
        #expect(config.environment == ["A=1", "HOME=/root"])
        #expect(config.network?.ports == [PortRequest(hostPort: 8080, containerPort: 80)])
        #expect(config.network?.network == "none")
        #expect(config.resources?.memory == 536_870_912 && config.resources?.nanoCPUs == 1_500_000_000)
        #expect(config.mounts?.map(\.target) == ["/d", "/run"])
        #expect(config.security?.capDrop == ["ALL"] && config.labels == ["k": "v"])
        #expect(config.log == LogRequest(options: ["max-size": "1m"]))
    }

    @Test func severalObjectsOneOfThemMissing() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerRemove.self) { request, _ in
                guard request.id != "b" else {
                    throw BerthError(.notFound, "No such container: b", object: "container b")
                }
                return Empty()
            }
        }
        let run = try CommandRun.run(["rm", "a", "b", "c"], host: daemon.path)
        let forced = try CommandRun.run(["rm", "-f", "b"], host: daemon.path)
        try daemon.stop()
        #expect(run.output == "a\nc\n" && run.status == 1)
        #expect(run.error == "Error response from daemon: No such container: b\n")
        #expect(forced.status == 0 && forced.output == "")
    }

    @Test func inspectFindsWhatItIs() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerInspect.self) { _, _ in throw BerthError(.notFound, "no", object: "container") }
            daemon.on(ImageInspect.self) { _, _ in throw BerthError(.notFound, "no", object: "image") }
            daemon.on(NetworkInspect.self) { _, _ in throw BerthError(.notFound, "no", object: "network") }
            daemon.on(VolumeInspect.self) { request, _ in
                guard request.name == "data" else { throw BerthError(.notFound, "no", object: "volume") }
                return VolumeInfo(
                    name: "data", driver: "local", mountpoint: "/m", labels: [:], options: [:], createdAt: .zero,
                    anonymous: false)
            }
            daemon.on(PluginInspect.self) { _, _ in throw BerthError(.notFound, "no", object: "plugin") }
        }
        let found = try CommandRun.run(["inspect", "-f", "{{.Name}} {{.Mountpoint}}", "data"], host: daemon.path)
        let missing = try CommandRun.run(["inspect", "nothing"], host: daemon.path)
        try daemon.stop()
        #expect(found.output == "data /m\n" && found.status == 0)
        #expect(missing.output == "[]\n" && missing.error == "Error: No such object: nothing\n" && missing.status == 1)
    }
}

/// A value that the daemon's thread and the test share.
final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}

@Suite struct FlagSyntaxTests {
    private static let run = ContainerRunCommand.syntax

    private static let cases: [(written: [String], flags: [String], operands: [String])] = [
        (["-itv/a:/b", "image"], ["-i", "-t", "-v", "/a:/b"], ["image"]),
        (["-eA=1", "-e=B=2", "-e", "-C", "image"], ["-e", "A=1", "-e", "B=2", "-e", "-C"], ["image"]),
        (["--rm=true", "--init=false", "--name=true", "x"], ["--rm", "--name=true"], ["x"]),
        (["-d=false", "-i=1", "x"], ["-i"], ["x"]),
        (["--name", "-eA", "image", "-eA", "--rm=true"], ["--name", "-eA"], ["image", "-eA", "--rm=true"]),
        (["--rm", "image", "-itx", "--"], ["--rm"], ["image", "-itx", "--"]),
        (["-d", "--", "-itx", "--rm=true"], ["-d"], ["-itx", "--rm=true"]), (["-", "-it"], [], ["-", "-it"]),
        (["--frob=1", "-d=x"], ["--frob=1", "-d=x"], []),
    ]

    @Test(arguments: Self.cases.indices)
    func normalizes(_ index: Int) {
        let (flags, operands) = Self.run.normalized(Self.cases[index].written)
        #expect(flags == Self.cases[index].flags && operands == Self.cases[index].operands)
    }

    /// What the tables say of each command's flags is what the parser knows of them.
    @Test func tablesAgreeWithTheParser() throws {
        var commands: [any ParsableCommand.Type] = [Berth.self]
        while let command = commands.popLast() {
            commands += command.configuration.subcommands
            guard let syntax = (command as? any BerthCommand.Type)?.syntax else { continue }
            let description = try JSON(parsing: command._dumpHelp())
            for argument in description["command"]?["arguments"]?.array ?? []
            where argument["kind"]?.string != "positional" {
                let isSwitch = argument["kind"]?.string == "flag"
                for name in argument["names"]?.array ?? [] {
                    let text = try #require(name["name"]?.string)
                    if name["kind"]?.string == "long" {
                        #expect(syntax.switches.contains(text) == isSwitch, "\(command) --\(text)")
                    } else {
                        #expect(syntax.values.contains(text) != isSwitch, "\(command) -\(text)")
                    }
                }
            }
        }
    }
}
