import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec
import SeccompFilter

/// A bundle's folder and configuration.
struct Bundle {
    let path: String
    private(set) var spec: RuntimeSpec

    init(_ arguments: Arguments) throws {
        path = absolutePath(arguments.value("bundle") ?? ".", in: currentDirectory())
        let file = absolutePath(arguments.value("config") ?? "config.json", in: path)
        spec = try Self.decode(RuntimeSpec.self, file)
    }

    /// A file of JSON; `-` is the standard input.
    static func decode<T: Decodable>(_ type: T.Type, _ file: String) throws -> T {
        do {
            return try JSON(parsing: try readFile(file == "-" ? "/proc/self/fd/0" : file, limit: 8 << 20)).decode(type)
        } catch let error as SystemError {
            throw LaunchError(error, "bundle")
        } catch {
            throw LaunchError(.invalid, "\(file): \(error)")
        }
    }

    /// The root's folder, absolute.
    var rootfs: String { absolutePath(spec.root?.path ?? "", in: path) }

    /// Without a path of its own a container's group is called as the container is. A user who is not root gets none,
    /// which only the administrator can give.
    mutating func placeCgroup(_ id: String, namesUnits: Bool) {
        let path = spec.linux?.cgroupsPath ?? ""
        if namesUnits, let unit = SystemdUnit(path) {
            spec.linux?.cgroupsPath = unit.path
        } else if path.isEmpty, CurrentProcess.uid == 0 {
            spec.linux?.cgroupsPath = "/\(id)"
        }
    }

    /// Throws what is wrong with the configuration before anything is made.
    ///
    /// - Returns: `linux.seccomp` compiled; nil for none, and where the bundle comes with a filter.
    func check(_ filters: FilterCache) throws -> [UInt8]? {
        try SpecValidation.check(spec)
        // The specification's types leave it as it came.
        guard let profile = spec.linux?.seccomp, !profile.isNull else { return nil }
        let filter = try filters.filter(for: profile) { try Self.compile(profile) }
        return spec.annotations?[RuntimeAnnotation.seccompFilter] == nil ? filter : nil
    }

    private static func compile(_ profile: JSON) throws -> [UInt8] {
        // Within its parents, so that an error names it by its whole path.
        let excerpt = try JSON.object([("linux", .object([("seccomp", profile)]))]).decode(Excerpt.self)
        try SeccompFilter.check(excerpt.linux.seccomp, "linux.seccomp")
        return try SeccompFilter.compile(excerpt.linux.seccomp)
    }

    private struct Excerpt: Decodable {
        struct Linux: Decodable { var seccomp: SeccompProfile }
        var linux: Linux
    }
}
