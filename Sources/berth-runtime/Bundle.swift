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
    func check() throws {
        try SpecValidation.check(spec)
        if let profile = try profile() { try SeccompFilter.check(profile, "linux.seccomp") }
    }

    /// `linux.seccomp`, which the specification's types leave as it came.
    private func profile() throws -> SeccompProfile? {
        guard let profile = spec.linux?.seccomp, !profile.isNull else { return nil }
        // Within its parents, so that an error names it by its whole path.
        return try JSON.object([("linux", .object([("seccomp", profile)]))]).decode(Excerpt.self).linux.seccomp
    }

    private struct Excerpt: Decodable {
        struct Linux: Decodable { var seccomp: SeccompProfile }
        var linux: Linux
    }

    /// Compiles `linux.seccomp` into a file, unless the bundle comes with a filter. nil when there is nothing to compile.
    func compileSeccomp(into file: String) throws -> String? {
        guard spec.annotations?[RuntimeAnnotation.seccompFilter] == nil, let profile = try profile() else { return nil }
        try writeFile(file, try SeccompFilter.compile(profile), durable: false)
        return file
    }
}
