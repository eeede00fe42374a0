import BerthAPI

/// `--cap-add` and `--cap-drop` applied to the default set.
enum CapabilitySet {
    /// - Returns: Sorted names with `CAP_`.
    /// - Throws: `invalidArgument` for a name that is none.
    static func resolve(_ options: SecurityOptions?) throws -> [String] {
        let added = try (options?.capAdd ?? []).map(canonical)
        let dropped = try (options?.capDrop ?? []).map(canonical)
        var set = Set(dropped.contains("ALL") ? [] : SystemPaths.capabilities)
        if added.contains("ALL") { set = Set(SystemPaths.allCapabilities) }
        set.subtract(dropped)
        set.formUnion(added.filter { $0 != "ALL" })
        return set.sorted()
    }

    private static func canonical(_ name: String) throws -> String {
        let upper = name.uppercased()
        if upper == "ALL" || upper == "CAP_ALL" { return "ALL" }
        let full = upper.hasPrefix("CAP_") ? upper : "CAP_\(upper)"
        guard SystemPaths.allCapabilities.contains(full) else {
            throw BerthError(.invalidArgument, "invalid capability: unknown capability: \"\(name)\"")
        }
        return full
    }
}
