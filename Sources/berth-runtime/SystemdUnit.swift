/// `slice:prefix:name`, which engines give for a scope of systemd, as the path that systemd would give its group: a
/// slice is in those that its name begins with (systemd.slice(5)).
struct SystemdUnit {
    let path: String

    /// nil for what is not of that form.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty else { return nil }
        let slice = parts[0].isEmpty ? "system.slice" : String(parts[0])
        guard slice.hasSuffix(".slice"), !slice.contains("/") else { return nil }
        var folders: [String] = []
        var prefix = ""
        for word in slice.dropLast(".slice".count).split(separator: "-") {
            prefix += prefix.isEmpty ? word : "-\(word)"
            folders.append("\(prefix).slice")
        }
        let unit =
            parts[2].hasSuffix(".slice") ? "\(parts[2])" : "\(parts[1].isEmpty ? "" : "\(parts[1])-")\(parts[2]).scope"
        path = "/" + (folders + [unit]).joined(separator: "/")
    }
}
