import ArgumentParser
import BerthAPI
import BerthClient
import JSON

struct InfoCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Display system-wide information", usage: "berth info [OPTIONS]")

    @OptionGroup var options: FormatOption

    func execute(_ context: CommandContext) throws {
        let info = try context.client().call(SystemInfo())
        guard let format = options.format else {
            context.write(Self.text(info))
            for warning in info.warnings { context.complain("WARNING: \(warning)") }
            return
        }
        let document = Self.document(info)
        context.print(format == "json" ? document.description : try Template(format).render(document))
    }

    private static func text(_ info: SystemInfo.Result) -> String {
        """
        Containers: \(info.containers)
         Running: \(info.running)
         Paused: \(info.paused)
         Stopped: \(info.stopped)
        Images: \(info.images)
        Server Version: \(info.version)
        Snapshotter: \(info.snapshotter)
        Logging Driver: \(info.logDriver)
        Network: \(info.network)
        Volume Driver: \(info.volumeDriver)
        Runtimes: \(info.runtimes.joined(separator: " "))
        Default Runtime: \(info.defaultRuntime)
        Cgroup Version: \(info.cgroupVersion.trimmedVersion)
        Plugins:
        \(plugins(info.plugins))
        Security Options:
        \(info.securityOptions.map { " \($0)" }.joined(separator: "\n"))
        Kernel Version: \(info.kernel)
        Operating System: \(info.operatingSystem)
        OSType: linux
        Architecture: \(info.architecture)
        CPUs: \(info.processors)
        Total Memory: \(HumanSize.binary(info.memory))
        Name: \(info.name)
        ID: \(info.id)
        Berth Root Dir: \(info.root)
        Berth Run Dir: \(info.run)
        Daemon PID: \(info.pid)

        """
    }

    /// A line for each kind: ` Log: json-file local`.
    private static func plugins(_ plugins: [PluginInfo]) -> String {
        var names: [String: [String]] = [:]
        for plugin in plugins {
            let mark = plugin.state == .degraded ? " (degraded)" : ""
            for kind in plugin.kinds { names[kind, default: []].append(plugin.name + mark) }
        }
        return names.sorted { $0.key < $1.key }.map { kind, names in
            " \(kind.prefix(1).uppercased())\(kind.dropFirst()): \(names.joined(separator: " "))"
        }.joined(separator: "\n")
    }

    private static func document(_ info: SystemInfo.Result) -> JSON {
        let counts: JSON = [
            "ID": JSON(info.id), "Containers": JSON(info.containers), "ContainersRunning": JSON(info.running),
            "ContainersPaused": JSON(info.paused), "ContainersStopped": JSON(info.stopped),
            "Images": JSON(info.images), "Driver": JSON(info.snapshotter), "LoggingDriver": JSON(info.logDriver),
            "DefaultNetwork": JSON(info.network), "VolumeDriver": JSON(info.volumeDriver),
        ]
        return counts.merging([
            "CgroupVersion": JSON(info.cgroupVersion), "KernelVersion": JSON(info.kernel),
            "OperatingSystem": JSON(info.operatingSystem), "OSType": "linux", "Architecture": JSON(info.architecture),
            "NCPU": JSON(info.processors), "MemTotal": JSON(info.memory), "Name": JSON(info.name),
            "ServerVersion": JSON(info.version), "BerthRootDir": JSON(info.root), "BerthRunDir": JSON(info.run),
            "DaemonPid": JSON(info.pid), "SecurityOptions": .list(info.securityOptions),
            "Warnings": .list(info.warnings),
            "Runtimes": .list(info.runtimes), "DefaultRuntime": JSON(info.defaultRuntime),
            "Plugins": .array(info.plugins.map { ["Name": JSON($0.name), "State": JSON($0.state.rawValue)] }),
        ])
    }
}

extension String {
    /// `2` for `v2`.
    fileprivate var trimmedVersion: Substring { hasPrefix("v") ? dropFirst() : self[...] }
}
