/// `NAME=value` entries, from several sources.
public enum ProcessEnvironment {
    /// One entry for each name: of several the last counts, where the first was. A program that is given both takes the
    /// first (getenv(3)).
    ///
    /// An entry without `=` takes the variable away, as docker's does; one without a name is no variable.
    public static func merged(_ entries: [String]) -> [String] {
        // By bytes, as programs compare: Unicode's equal texts are not the same name.
        var order: [[UInt8]] = []
        var values: [[UInt8]: String] = [:]
        for entry in entries {
            let name = Array(entry.utf8.prefix { $0 != UInt8(ascii: "=") })
            if values.updateValue(entry, forKey: name) == nil { order.append(name) }
        }
        return order.compactMap { name in
            guard let entry = values[name], !name.isEmpty, entry.utf8.count > name.count else { return nil }
            return entry
        }
    }
}
