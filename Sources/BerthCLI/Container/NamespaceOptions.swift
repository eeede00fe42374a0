import ArgumentParser
import BerthAPI

/// Namespaces that a container shares.
struct NamespaceOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("PID namespace to use ('host', 'container:NAME')", valueName: "mode"))
    var pid: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "IPC mode to use ('none', 'private', 'shareable', 'host', 'container:NAME')", valueName: "mode"))
    var ipc: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("UTS namespace to use ('host')", valueName: "mode"))
    var uts: String?
    @Option(
        name: .customLong("cgroupns"), parsing: .unconditional,
        help: ArgumentHelp("Cgroup namespace to use ('host', 'private')", valueName: "mode"))
    var cgroup: String?
    @Option(
        name: .customLong("userns"), parsing: .unconditional,
        help: ArgumentHelp(
            "User namespace to use ('host', 'auto[:size=N]', 'container-id:host-id:size,…')", valueName: "mode"))
    var user: String?

    func apply(to config: inout ContainerConfig) throws {
        var request = NamespaceRequest()
        request.pid = pid
        request.ipc = ipc
        request.uts = uts
        request.cgroup = cgroup
        request.user = user
        do {
            _ = (try request.pidMode(), try request.ipcMode(), try request.utsMode(), try request.cgroupMode())
        } catch {
            let flag = error.kind == "CGROUP" ? "cgroupns" : error.kind.lowercased()
            throw InvalidInput("--\(flag): invalid \(error.kind) mode: \(error.mode)")
        }
        config.namespaces = request == NamespaceRequest() ? nil : request
    }
}
