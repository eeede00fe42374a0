import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec
import SeccompFilter

/// A bundle's folder and configuration.
struct Bundle {
    let path: String
    let spec: RuntimeSpec

    init(_ arguments: Arguments) throws {
        path = absolutePath(arguments.value("bundle") ?? ".", in: currentDirectory())
        let file = "\(path)/config.json"
        do {
            spec = try JSON(parsing: try readFile(file, limit: 8 << 20)).decode(RuntimeSpec.self)
        } catch let error as SystemError {
            throw LaunchError(error, "bundle")
        } catch {
            throw LaunchError(.invalid, "\(file): \(error)")
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
