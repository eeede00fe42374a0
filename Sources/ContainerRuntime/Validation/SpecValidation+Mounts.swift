import OCISpec

extension SpecValidation {
    static func check(mounts: [RuntimeSpec.Mount], _ linux: RuntimeSpec.Linux) throws(LaunchError) {
        for (index, mount) in mounts.enumerated() { try check(mount, "mounts[\(index)]", linux) }
    }

    private static func check(
        _ mount: RuntimeSpec.Mount, _ field: String, _ linux: RuntimeSpec.Linux
    ) throws(LaunchError) {
        guard !mount.destination.isEmpty else { throw .invalid("\(field).destination", "is empty") }
        try checkText("\(field).destination", mount.destination)
        if let source = mount.source { try checkText("\(field).source", source) }
        for option in mount.options ?? [] { try checkText("\(field).options", option) }
        let options = MountOptions(mount.options ?? [])
        if options.remount { return try checkRemount(options, field) }
        if mount.isBind {
            guard let source = mount.source, !source.isEmpty else {
                throw .invalid("\(field).source", "is missing: a bind mount needs one")
            }
            if let word = options.data.first {
                throw .invalid("\(field).options", "\"\(word)\" means nothing for a bind mount")
            }
        } else if (mount.type ?? "").isEmpty {
            throw .invalid("\(field).type", "is missing: only a bind mount needs none")
        }
        try checkMapping(mount, options, field, linux)
    }

    private static func checkRemount(_ options: MountOptions, _ field: String) throws(LaunchError) {
        if options.copyUp || options.mapping != nil {
            throw .invalid("\(field).options", "a remount copies nothing and maps no ids")
        }
    }

    private static func checkMapping(
        _ mount: RuntimeSpec.Mount, _ options: MountOptions, _ field: String, _ linux: RuntimeSpec.Linux
    ) throws(LaunchError) {
        let (users, groups) = (mount.uidMappings ?? [], mount.gidMappings ?? [])
        guard options.mapping != nil || !users.isEmpty || !groups.isEmpty else { return }
        guard mount.isBind || mount.isOverlay && options.mapping == nil else {
            throw LaunchError(
                .unsupported, "\(field).uidMappings: only the ids of bind mounts and overlays can be mapped")
        }
        guard users.isEmpty == groups.isEmpty else {
            throw .invalid(
                "\(field).\(users.isEmpty ? "uid" : "gid")Mappings", "is missing: both kinds are mapped or none")
        }
        try check(mappings: users, "\(field).uidMappings")
        try check(mappings: groups, "\(field).gidMappings")
        if users.isEmpty, (linux.uidMappings ?? []).isEmpty || (linux.gidMappings ?? []).isEmpty {
            throw .invalid("\(field).options", "idmap without uidMappings needs those of linux.uidMappings")
        }
    }

    static func check(mappings: [RuntimeSpec.IDMapping], _ field: String) throws(LaunchError) {
        for (index, mapping) in mappings.enumerated() {
            guard mapping.size > 0 else { throw .invalid("\(field)[\(index)].size", "is 0") }
            for (name, start) in [("containerID", mapping.containerID), ("hostID", mapping.hostID)] {
                guard UInt64(start) + UInt64(mapping.size) < UInt64(UInt32.max) + 1 else {
                    throw .invalid("\(field)[\(index)].\(name)", "\(start) and \(mapping.size) ids reach beyond 2^32-2")
                }
            }
            for (other, earlier) in mappings[..<index].enumerated()
            where overlap(mapping.containerID, mapping.size, earlier.containerID, earlier.size)
                || overlap(mapping.hostID, mapping.size, earlier.hostID, earlier.size)
            {
                throw .invalid("\(field)[\(index)]", "maps ids that [\(other)] maps already")
            }
        }
    }

    private static func overlap(_ one: UInt32, _ size: UInt32, _ other: UInt32, _ otherSize: UInt32) -> Bool {
        UInt64(one) < UInt64(other) + UInt64(otherSize) && UInt64(other) < UInt64(one) + UInt64(size)
    }
}
