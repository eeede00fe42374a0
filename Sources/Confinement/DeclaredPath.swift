import JSON

/// One entry of a manifest's `paths`: `/srv/data`, `/etc/ssl:ro`, `configuration:registries.*.ca:ro`.
struct DeclaredPath: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        case path(String)
        /// Member names from the configuration's top; `*` stands for each.
        case configuration([String])
    }

    var place: Place
    var isReadOnly: Bool

    private static let readOnlyMark = ":ro"
    private static let configurationMark = "configuration:"

    /// nil for what is none of these forms, or a path that is not absolute, or not a plain one, or the root itself.
    init?(_ entry: String) {
        isReadOnly = entry.hasSuffix(Self.readOnlyMark)
        let text = isReadOnly ? String(entry.dropLast(Self.readOnlyMark.count)) : entry
        if text.hasPrefix(Self.configurationMark) {
            let names = text.dropFirst(Self.configurationMark.count).split(
                separator: ".", omittingEmptySubsequences: false)
            guard !names.contains("") else { return nil }
            place = .configuration(names.map(String.init))
        } else {
            guard Self.isPlain(text) else { return nil }
            place = .path(text)
        }
    }

    /// Absolute, without `.`, `..` and empty parts, and not `/`.
    static func isPlain(_ path: String) -> Bool {
        guard path.hasPrefix("/") else { return false }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
    }

    /// The host paths that it stands for.
    func paths(_ configuration: JSON) -> [String] {
        switch place {
        case .path(let path): [path]
        case .configuration(let names):
            Self.values(names[...], in: configuration).compactMap(\.string).filter(Self.isPlain)
        }
    }

    private static func values(_ names: ArraySlice<String>, in value: JSON) -> [JSON] {
        guard let name = names.first else { return [value] }
        let members = name == "*" ? (value.object ?? []).map { $0.value } : [value[name]].compactMap { $0 }
        return members.flatMap { values(names.dropFirst(), in: $0) }
    }
}
