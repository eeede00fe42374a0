import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import TestSupport
import Testing

/// What the Python package declares is what the Swift types say.
struct DescriptionTests {
    @Test("the package is what SDK/python/generate writes now") func generated() throws {
        let output = try run(["python3", "-B", "\(SDKFixture.tree)/SDK/python/generate", "--check"])
        #expect(output.code == 0, "\(output.text)")
    }

    @Test("every method has the members, types and requirements of its Swift declaration") func schemas() throws {
        let script = """
            import json
            from berth_plugin import api
            from berth_plugin.declaration import Request, description
            every = [v for v in vars(api).values() if isinstance(v, type) and issubclass(v, Request) and v is not Request]
            print(json.dumps([description(method) for method in every]))
            """
        let output = try run(
            ["python3", "-B", "-c", script], environment: ["PYTHONPATH=\(SDKFixture.tree)/SDK/python"])
        try #require(output.code == 0, "\(output.text)")
        let described = try JSON(parsing: output.text).array ?? []
        let python = Dictionary(uniqueKeysWithValues: described.map { ($0["name"]?.string ?? "", $0) })
        #expect(Set(python.keys) == Set(Self.methods.map(\.name)))
        for method in Self.methods {
            let document = OpenRPC.document(title: "", version: "", methods: [method])
            let swift = try #require(document["methods"]?[0])
            let (left, right) = (Self.normalized(try #require(python[method.name])), Self.normalized(swift))
            #expect(left == right, "Python: \(left)\nSwift: \(right)")
        }
    }

    /// Every method that a supervisor calls on a plugin.
    private static let methods: [MethodDescription] = [
        .init(PluginInitialize.self), .init(PluginPing.self), .init(PluginConfigure.self), .init(PluginStats.self),
        .init(PluginDrain.self), .init(PluginShutdown.self),
        .init(SnapshotPrepare.self), .init(SnapshotView.self), .init(SnapshotCommit.self),
        .init(SnapshotGetMounts.self), .init(SnapshotStat.self), .init(SnapshotUsage.self), .init(SnapshotUpdate.self),
        .init(SnapshotRemove.self), .init(SnapshotList.self), .init(SnapshotCleanup.self), .init(DifferApply.self),
        .init(DifferDiff.self),
        .init(DifferChanges.self),
        .init(NetworkDriverCreate.self), .init(NetworkDriverDelete.self), .init(NetworkAttach.self),
        .init(NetworkDetach.self), .init(NetworkPublish.self), .init(NetworkUnpublish.self),
        .init(NetworkDriverInspect.self), .init(NetworkDriverList.self), .init(NetworkReconcile.self),
        .init(LogOpen.self), .init(LogValidate.self), .init(LogClose.self), .init(LogRead.self), .init(LogRotate.self),
        .init(LogRemove.self), .init(LogReconcile.self), .init(LogList.self),
        .init(VolumeDriverCreate.self), .init(VolumeDriverRemove.self), .init(VolumeMount.self),
        .init(VolumeUnmount.self), .init(VolumeDriverInspect.self), .init(VolumeDriverList.self),
        .init(VolumeUsage.self), .init(VolumeReconcile.self),
        .init(RegistryResolve.self), .init(RegistryFetch.self), .init(RegistryPush.self), .init(RegistryExists.self),
        .init(RegistryTags.self), .init(RegistryCatalog.self), .init(RegistryLogin.self),
    ]

    /// Members in one order, without what people read.
    private static func normalized(_ json: JSON) -> JSON {
        if let pairs = json.object {
            let kept = pairs.filter { $0.key != "description" && $0.key != "title" }
            return .object(
                kept.sorted { $0.key < $1.key }.map { name, value in
                    let isList = name == "required" || name == "params"
                    return (name, isList && value.array != nil ? sorted(value) : normalized(value))
                })
        }
        return json.array.map { .array($0.map(normalized)) } ?? json
    }

    private static func sorted(_ list: JSON) -> JSON {
        .array((list.array ?? []).map(normalized).sorted { $0.description < $1.description })
    }
}
