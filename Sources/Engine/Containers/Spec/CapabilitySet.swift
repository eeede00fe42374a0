import BerthAPI
import LinuxSystem

/// `--privileged`, `--cap-add` and `--cap-drop` applied to the default set.
enum CapabilitySet {
    /// - Returns: Sorted names with `CAP_`. `ALL` are those that this host's daemon can give.
    /// - Throws: `invalidArgument` for a name that is none.
    static func resolve(_ options: SecurityOptions?) throws -> [String] {
        let added = try canonical(options?.capAdd, "CapAdd")
        let dropped = try canonical(options?.capDrop, "CapDrop")
        if options?.privileged == true { return CapabilityNames.available.sorted() }
        var set = Set(dropped.contains("ALL") ? [] : SystemPaths.capabilities)
        if added.contains("ALL") { set = Set(CapabilityNames.available) }
        set.subtract(dropped)
        set.formUnion(added.filter { $0 != "ALL" })
        return set.sorted()
    }

    private static func canonical(_ names: [String]?, _ what: String) throws -> [String] {
        try (names ?? []).map { name in
            let upper = name.uppercased()
            if upper == "ALL" || upper == "CAP_ALL" { return "ALL" }
            let full = upper.hasPrefix("CAP_") ? upper : "CAP_\(upper)"
            guard CapabilityNames.all.contains(full) else {
                throw BerthError(.invalidArgument, "invalid \(what): unknown capability: \"\(full)\"")
            }
            return full
        }
    }
}
