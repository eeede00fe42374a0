import BerthAPI

/// Every method between the supervisor and plugins, or shims, by kind.
public struct PluginProtocol: Sendable {
    public let kind: String
    public let introduction: String
    public let methods: [AnyMethod]

    public static let all = [lifecycle, snapshotter, differ, network, log, volume, registry, shim]

    /// The method of a name, whatever its kind.
    public static func method(_ name: String) -> AnyMethod? { all.lazy.flatMap(\.methods).first { $0.name == name } }

    static let lifecycle = PluginProtocol(
        kind: "lifecycle",
        introduction: "What every plugin answers, whatever its kinds. The supervisor opens each connection with "
            + "`initialize`. A plugin answers `rpc.discover` too, with an OpenRPC document of what it serves.",
        methods: [
            AnyMethod(PluginInitialize.self), AnyMethod(PluginPing.self), AnyMethod(PluginConfigure.self),
            AnyMethod(PluginStats.self), AnyMethod(PluginDrain.self), AnyMethod(PluginShutdown.self),
        ])

    static let snapshotter = PluginProtocol(
        kind: "snapshotter",
        introduction: "An *active* snapshot is writable, a *view* is not, a *committed* one is final and may be a "
            + "parent. Drivers return mounts; they never mount in the host's namespace. Capability `rebase`: "
            + "`snapshotter.commit` takes a `parent`.",
        methods: [
            AnyMethod(SnapshotPrepare.self), AnyMethod(SnapshotView.self), AnyMethod(SnapshotCommit.self),
            AnyMethod(SnapshotGetMounts.self), AnyMethod(SnapshotStat.self), AnyMethod(SnapshotUsage.self),
            AnyMethod(SnapshotUpdate.self), AnyMethod(SnapshotRemove.self), AnyMethod(SnapshotList.self),
            AnyMethod(SnapshotCleanup.self),
        ])

    static let differ = PluginProtocol(
        kind: "differ",
        introduction:
            "Unpacks layers; served by a snapshotter for its own snapshots, or alone. A hostile archive stays "
            + "inside its target. Capability `diff`: it also tells what a snapshot has of its own, as a layer and as a "
            + "list; without it, containers of the snapshotter cannot be committed.",
        methods: [AnyMethod(DifferApply.self), AnyMethod(DifferDiff.self), AnyMethod(DifferChanges.self)])

    static let network = PluginProtocol(
        kind: "network",
        introduction: "Networks, and the endpoints by which containers are on them. Addresses survive restarts of the "
            + "driver. Capability `hostNamespace`: containers share the host's namespace, nothing is attached.",
        methods: [
            AnyMethod(NetworkDriverCreate.self), AnyMethod(NetworkDriverDelete.self), AnyMethod(NetworkAttach.self),
            AnyMethod(NetworkDetach.self), AnyMethod(NetworkPublish.self), AnyMethod(NetworkUnpublish.self),
            AnyMethod(NetworkDriverInspect.self), AnyMethod(NetworkDriverList.self), AnyMethod(NetworkReconcile.self),
        ])

    static let log = PluginProtocol(
        kind: "log",
        introduction: "Containers' logs. Lines come and go on streams of log frames, which [run.md](../run.md) "
            + "describes. A driver that dies loses no line; one that hangs holds up nobody.",
        methods: [
            AnyMethod(LogOpen.self), AnyMethod(LogValidate.self), AnyMethod(LogClose.self), AnyMethod(LogRead.self),
            AnyMethod(LogRotate.self), AnyMethod(LogRemove.self), AnyMethod(LogReconcile.self),
            AnyMethod(LogList.self),
        ])

    static let volume = PluginProtocol(
        kind: "volume",
        introduction: "Named volumes. Uses are counted by container; no volume is removed but by `volume.remove`.",
        methods: [
            AnyMethod(VolumeDriverCreate.self), AnyMethod(VolumeDriverRemove.self), AnyMethod(VolumeMount.self),
            AnyMethod(VolumeUnmount.self), AnyMethod(VolumeDriverInspect.self), AnyMethod(VolumeDriverList.self),
            AnyMethod(VolumeUsage.self), AnyMethod(VolumeReconcile.self),
        ])

    static let registry = PluginProtocol(
        kind: "registry",
        introduction: "Where images come from. The core verifies every digest, whatever a driver says.",
        methods: [
            AnyMethod(RegistryResolve.self), AnyMethod(RegistryFetch.self), AnyMethod(RegistryPush.self),
            AnyMethod(RegistryExists.self), AnyMethod(RegistryTags.self), AnyMethod(RegistryCatalog.self),
            AnyMethod(RegistryLogin.self),
        ])

    static let shim = PluginProtocol(
        kind: "shim",
        introduction:
            "Between the daemon and the process that stays with each container ([shim.md](../shim.md)); not a "
            + "plugin. The shim also sends the notification `shim.exited {exit}`.",
        methods: [
            AnyMethod(ShimCreate.self), AnyMethod(ShimStart.self), AnyMethod(ShimState.self),
            AnyMethod(ShimAttach.self), AnyMethod(ShimLogStream.self), AnyMethod(ShimExec.self),
            AnyMethod(ShimExecWait.self), AnyMethod(ShimKill.self), AnyMethod(ShimResize.self),
            AnyMethod(ShimPause.self), AnyMethod(ShimResume.self), AnyMethod(ShimDelete.self),
        ])
}
