import BerthAPI

/// A named behaviour that plugins are tried for.
public struct ConformanceCheck: Sendable {
    /// The kind whose suite it is in; `common` for what every plugin has to do.
    public let kind: PluginKind
    public let name: String
    /// What it proves, as a sentence.
    public let claim: String
    /// The optional capability that it is about.
    public let capability: String?
    /// Whether it needs root, for mounts and namespaces.
    public let needsRoot: Bool
    let body: @Sendable (Bench) throws -> Void

    /// Every check of every suite, in the order in which they run.
    public static let all = [
        common,
        rows(.snapshotter, needsRoot: true, SnapshotterSubject.table) { try SnapshotterSubject($0) },
        rows(
            .differ, needsRoot: true,
            SnapshotterSubject.layers + SnapshotterSubject.diffs + SnapshotterSubject.layerCrashes
        ) {
            try SnapshotterSubject($0)
        },
        rows(.network, needsRoot: true, NetworkSubject.table) { try NetworkSubject($0) },
        rows(.log, LogSubject.table) { LogSubject($0) },
        rows(.volume, VolumeSubject.table) { VolumeSubject($0) },
        rows(.registry, RegistrySubject.table) { try RegistrySubject($0) },
    ].flatMap(\.self)
}

extension PluginKind {
    /// Stands for the suite of what every plugin has to do.
    public static let common = PluginKind(rawValue: "common")
}

extension ConformanceCheck {
    /// A kind's table, each row with a subject of its own.
    static func rows<Subject>(
        _ kind: PluginKind, needsRoot: Bool = false, _ table: [Check<Subject>],
        _ subject: @escaping @Sendable (Bench) throws -> Subject
    ) -> [ConformanceCheck] {
        table.map { check in
            ConformanceCheck(
                kind: kind, name: check.name, claim: check.claim, capability: check.capability, needsRoot: needsRoot
            ) { try check.body(try subject($0)) }
        }
    }
}
