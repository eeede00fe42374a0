public import OCISpec

/// Says which field of a configuration is wrong, and what is wrong with it, before anything is made of it. What only a
/// call can find out, such as whether a source exists, is left to the call.
///
/// Every error's kind is `invalid`, or `unsupported` where it is this host that lacks something; its message begins with
/// the field's dotted path.
public enum SpecValidation {
    public static func check(_ spec: RuntimeSpec) throws(LaunchError) {
        try checkVersion(spec.ociVersion)
        guard let process = spec.process else { throw .invalid("process", "is missing") }
        guard let linux = spec.linux else { throw .invalid("linux", "is missing") }
        try checkRoot(spec)
        try check(process)
        try checkNamespaces(linux)
        let namespaces = Set((linux.namespaces ?? []).map(\.type))
        try checkNames(spec, namespaces)
        try check(mounts: spec.mounts ?? [], linux)
        try check(linux, namespaces)
        try checkIdentity(process, linux)
        if let hooks = spec.hooks { try check(hooks) }
    }

    /// As the compatibility of semantic versions goes: any 1.x.
    private static func checkVersion(_ version: String) throws(LaunchError) {
        let numbers = version.prefix { $0 != "-" && $0 != "+" }.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.allSatisfy({ UInt32(strict: $0) != nil }) else {
            throw .invalid("ociVersion", "\"\(version)\" is no version")
        }
        guard numbers[0] == "1" else {
            throw LaunchError(.unsupported, "ociVersion: \(version) is not supported; versions 1.x are")
        }
    }

    private static func checkRoot(_ spec: RuntimeSpec) throws(LaunchError) {
        if spec.annotations?[RuntimeAnnotation.rootMounts] != nil { return }
        guard let root = spec.root else { throw .invalid("root", "is missing") }
        guard !root.path.isEmpty else { throw .invalid("root.path", "is empty") }
        try checkText("root.path", root.path)
    }

    /// The kernel's `__NEW_UTS_LEN` (uname(2)).
    private static let longestName = 64

    private static func checkNames(_ spec: RuntimeSpec, _ namespaces: Set<String>) throws(LaunchError) {
        for (field, name) in [("hostname", spec.hostname), ("domainname", spec.domainname)] {
            guard let name, !name.isEmpty else { continue }
            guard name.utf8.count <= longestName else {
                throw .invalid(field, "is longer than \(longestName) bytes")
            }
            guard namespaces.contains("uts") else { throw .invalid(field, "needs a uts namespace in linux.namespaces") }
        }
    }

    /// The kernel takes a text up to its first NUL: what follows would be dropped without a word.
    static func checkText(_ field: String, _ text: String) throws(LaunchError) {
        guard !text.utf8.contains(0) else { throw .invalid(field, "has a NUL byte") }
    }

    static func checkAbsolute(_ field: String, _ path: String) throws(LaunchError) {
        try checkText(field, path)
        guard path.hasPrefix("/") else { throw .invalid(field, "\"\(path)\" is not an absolute path") }
    }

    static func check(_ field: String, isIn range: ClosedRange<Int>, _ value: Int) throws(LaunchError) {
        guard range.contains(value) else {
            throw .invalid(field, "\(value) is not in \(range.lowerBound)...\(range.upperBound)")
        }
    }
}
