import BerthAPI
import JSON

/// A container as docker's `inspect` describes it.
struct ContainerDocument {
    /// docker's word for a time that has not been.
    private static let never = "0001-01-01T00:00:00Z"

    private let detail: ContainerDetail
    /// With sizes, where they were asked for.
    private let summary: ContainerSummary?

    init(_ detail: ContainerDetail, sizes summary: ContainerSummary? = nil) {
        self.detail = detail
        self.summary = summary
    }

    var json: JSON {
        let document: JSON = [
            "Id": JSON(detail.id),
            "Created": JSON(detail.createdAt.description),
            "Path": JSON(detail.arguments.first ?? ""),
            "Args": .list(Array(detail.arguments.dropFirst())),
            "State": state,
            "Image": JSON(detail.imageID),
            "ResolvConfPath": JSON(detail.directory + "/resolv.conf"),
            "HostnamePath": JSON(detail.directory + "/hostname"),
            "HostsPath": JSON(detail.directory + "/hosts"),
            "LogPath": JSON(detail.logPath ?? ""),
            "Name": JSON("/" + detail.name),
            "RestartCount": JSON(detail.restartCount),
            "Driver": JSON(detail.snapshotter),
            "Platform": "linux",
            "MountLabel": "",
            "ProcessLabel": "",
            "AppArmorProfile": JSON(detail.config.security?.apparmorProfile ?? ""),
            "ExecIDs": detail.execIDs.isEmpty ? .null : .list(detail.execIDs),
            "HostConfig": HostConfigDocument(detail).json,
            "GraphDriver": ["Data": .null, "Name": JSON(detail.snapshotter)],
            "Mounts": .array(detail.mounts.map(mount)),
            "Config": config,
            "NetworkSettings": NetworkSettingsDocument(detail).json,
        ]
        guard let summary else { return document }
        return document.merging([
            "SizeRw": JSON(summary.writableSize ?? 0), "SizeRootFs": JSON(summary.rootfsSize ?? 0),
        ])
    }

    private var state: JSON {
        let state = detail.state
        let document: JSON = [
            "Status": JSON(state.status.rawValue),
            "Running": JSON([.running, .paused, .restarting].contains(state.status)),
            "Paused": JSON(state.status == .paused),
            "Restarting": JSON(state.status == .restarting),
            "OOMKilled": JSON(state.oomKilled),
            "Dead": JSON(state.status == .dead),
            "Pid": JSON(state.pid ?? 0),
            "ExitCode": JSON(state.exitCode),
            "Error": JSON(state.error),
            "StartedAt": JSON(state.startedAt?.description ?? Self.never),
            "FinishedAt": JSON(state.finishedAt?.description ?? Self.never),
        ]
        return document.merging(HealthDocument.state(state.health))
    }

    private func mount(_ mount: MountPoint) -> JSON {
        var members: [(String, JSON)] = [("Type", JSON(mount.kind.rawValue))]
        if let name = mount.name { members.append(("Name", JSON(name))) }
        members += [("Source", JSON(mount.source)), ("Destination", JSON(mount.target))]
        if let driver = mount.driver { members.append(("Driver", JSON(driver))) }
        members += [
            ("Mode", mount.readOnly ? "ro" : ""), ("RW", JSON(!mount.readOnly)),
            ("Propagation", JSON(mount.kind == .bind ? mount.propagation : "")),
        ]
        return .object(members)
    }

    /// Places of anonymous volumes.
    private var volumes: JSON {
        let places = detail.mounts.filter(\.anonymous).map(\.target)
        return places.isEmpty ? .null : .object(places.sorted().map { ($0, [:]) })
    }

    private var config: JSON {
        let config = detail.config
        let document: JSON = [
            "Hostname": JSON(config.hostname ?? String(detail.id.prefix(12))),
            "Domainname": JSON(config.domainName ?? ""),
            "User": JSON(detail.user),
            "AttachStdin": false,
            "AttachStdout": false,
            "AttachStderr": false,
            "ExposedPorts": .object(detail.exposedPorts.sorted().map { ($0, [:]) }),
            "Tty": JSON(config.terminal ?? false),
            "OpenStdin": JSON(config.openStdin ?? false),
            "StdinOnce": JSON(config.openStdin ?? false),
            "Env": .list(detail.environment),
            "Cmd": .list(config.command),
            "Image": JSON(detail.image),
            "Volumes": volumes,
            "WorkingDir": JSON(detail.workingDirectory),
            "Entrypoint": .list(config.entrypoint),
            "OnBuild": .null,
            "Labels": .map(detail.labels),
            "StopSignal": JSON(detail.stopSignal),
            "StopTimeout": config.stopTimeout.map { JSON($0) } ?? .null,
        ]
        return document.merging(HealthDocument.config(detail.healthCheck))
    }
}
