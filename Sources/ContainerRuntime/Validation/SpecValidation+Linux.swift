import JSON
import LinuxSystem
import OCISpec

extension SpecValidation {
    static func checkNamespaces(_ linux: RuntimeSpec.Linux) throws(LaunchError) {
        var seen: Set<String> = []
        for (index, namespace) in (linux.namespaces ?? []).enumerated() {
            let field = "linux.namespaces[\(index)]"
            guard NamespacePlan.kinds[namespace.type] != nil else {
                throw .invalid("\(field).type", "\"\(namespace.type)\" is no type of namespace")
            }
            guard seen.insert(namespace.type).inserted else {
                throw .invalid("\(field).type", "\(namespace.type) is given twice")
            }
            if let path = namespace.path, !path.isEmpty { try checkAbsolute("\(field).path", path) }
        }
        guard let mount = (linux.namespaces ?? []).first(where: { $0.type == "mount" }) else {
            throw LaunchError(
                .unsupported, "linux.namespaces: has no mount namespace: the container's mounts would be the host's")
        }
        guard (mount.path ?? "").isEmpty else {
            throw LaunchError(
                .unsupported,
                "linux.namespaces: joining a mount namespace is not supported: the root is built in a new one")
        }
    }

    static func check(_ linux: RuntimeSpec.Linux, _ namespaces: Set<String>) throws(LaunchError) {
        try checkUserNamespace(linux, namespaces)
        try checkTime(linux, namespaces)
        for (index, device) in (linux.devices ?? []).enumerated() {
            try check(device, "linux.devices[\(index)]", linux.devices?.prefix(index) ?? [])
        }
        if let name = linux.rootfsPropagation, !name.isEmpty, MountOptions.propagation(named: name) == nil {
            throw .invalid("linux.rootfsPropagation", "\"\(name)\" is not shared, slave, private or unbindable")
        }
        try Sysctl.check(linux.sysctl ?? [:], namespaces)
        for (index, path) in (linux.maskedPaths ?? []).enumerated() {
            try checkAbsolute("linux.maskedPaths[\(index)]", path)
        }
        for (index, path) in (linux.readonlyPaths ?? []).enumerated() {
            try checkAbsolute("linux.readonlyPaths[\(index)]", path)
        }
        try checkSELinux("linux.mountLabel", linux.mountLabel)
        if let personality = linux.personality { _ = try personality.value() }
        if let rdt = linux.intelRdt, !rdt.isNull {
            throw LaunchError(
                .unsupported, "linux.intelRdt: is not supported: cache and memory bandwidth stay undivided")
        }
    }

    private static func checkUserNamespace(
        _ linux: RuntimeSpec.Linux, _ namespaces: Set<String>
    ) throws(LaunchError) {
        for (field, mappings) in [
            ("linux.uidMappings", linux.uidMappings ?? []), ("linux.gidMappings", linux.gidMappings ?? []),
        ] {
            guard !mappings.isEmpty else {
                let isNew = (linux.namespaces ?? []).contains { $0.type == "user" && ($0.path ?? "").isEmpty }
                guard !isNew else { throw .invalid(field, "is missing: a user namespace needs it") }
                continue
            }
            guard namespaces.contains("user") else {
                throw .invalid(field, "needs a user namespace in linux.namespaces")
            }
            try check(mappings: mappings, field)
        }
    }

    private static func checkTime(_ linux: RuntimeSpec.Linux, _ namespaces: Set<String>) throws(LaunchError) {
        for (clock, offset) in (linux.timeOffsets ?? [:]).sorted(by: { $0.key < $1.key }) {
            let field = "linux.timeOffsets.\(clock)"
            guard ["monotonic", "boottime"].contains(clock) else {
                throw .invalid(field, "there is no such clock: monotonic and boottime have offsets")
            }
            guard (linux.namespaces ?? []).contains(where: { $0.type == "time" && ($0.path ?? "").isEmpty }) else {
                throw .invalid(field, "needs a new time namespace in linux.namespaces")
            }
            try check("\(field).nanosecs", isIn: 0...999_999_999, Int(offset.nanosecs ?? 0))
        }
    }

    private static func check(
        _ device: RuntimeSpec.Device, _ field: String, _ earlier: ArraySlice<RuntimeSpec.Device>
    ) throws(LaunchError) {
        guard DeviceKind(specification: device.type) != nil else {
            throw .invalid("\(field).type", "\"\(device.type)\" is none of c, b, u and p")
        }
        try checkAbsolute("\(field).path", device.path)
        guard !earlier.contains(where: { $0.path == device.path }) else {
            throw .invalid("\(field).path", "\(device.path) is given twice")
        }
        // Engines leave the bits of the file's type in.
        if let mode = device.fileMode { try check("\(field).fileMode", isIn: 0...0o177777, Int(mode)) }
        guard device.type != "p" else { return }
        guard let major = device.major else { throw .invalid("\(field).major", "is missing") }
        guard let minor = device.minor else { throw .invalid("\(field).minor", "is missing") }
        try check("\(field).major", isIn: 0...0xfff, Int(major))
        try check("\(field).minor", isIn: 0...0xfffff, Int(minor))
    }
}
