import ContainerRuntime
import JSON
import OCISpec
import SeccompFilter

extension Command {
    /// features.md. Each list is made from the table that the runtime itself goes by.
    static let features = Command(name: "features", summary: "Prints as JSON what the runtime can do.", words: "") {
        arguments, _ in
        if let word = arguments.words.first { throw UsageError("unexpected argument \(word)") }
        let features: JSON = [
            "ociVersionMin": JSON(RuntimeVersion.oldestSpec), "ociVersionMax": JSON(RuntimeVersion.spec),
            "hooks": list(RuntimeFeatures.hooks), "mountOptions": list(RuntimeFeatures.mountOptions),
            "linux": linux,
            "annotations": ["dev.berth.runtime.version": JSON(RuntimeVersion.program)],
            "potentiallyUnsafeConfigAnnotations": list(RuntimeAnnotation.potentiallyUnsafe),
        ]
        try output(features.serialized(pretty: true) + [10])
        return 0
    }

    private static var linux: JSON {
        [
            "namespaces": list(RuntimeFeatures.namespaces), "capabilities": list(RuntimeFeatures.capabilities),
            "cgroup": ["v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": false],
            "seccomp": [
                "enabled": true, "actions": list(SeccompFilter.actions), "operators": list(SeccompFilter.operators),
                "archs": list(SeccompFilter.architectures), "knownFlags": list(SeccompFilter.flags),
                "supportedFlags": list(SeccompFilter.flags),
            ],
            "apparmor": ["enabled": true], "selinux": ["enabled": true], "intelRdt": ["enabled": false],
            "mountExtensions": ["idmap": ["enabled": JSON(RuntimeFeatures.mapsMountedIDs)]],
        ]
    }

    private static func list(_ names: [String]) -> JSON { .array(names.map { JSON($0) }) }
}
