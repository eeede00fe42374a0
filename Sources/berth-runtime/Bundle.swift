import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec
import SeccompFilter

/// A bundle's folder and configuration, with the seccomp profile compiled.
struct Bundle {
    let path: String
    private(set) var spec: RuntimeSpec

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

    /// Compiles `linux.seccomp` into a file, unless the bundle comes with a filter.
    mutating func compileSeccomp(into file: String) throws {
        guard spec.annotations?[RuntimeAnnotation.seccompFilter] == nil else { return }
        guard let profile = spec.linux?.seccomp, !profile.isNull else { return }
        let filter = try SeccompFilter.compile(try profile.decode(SeccompProfile.self))
        try writeFile(file, filter, durable: false)
        var annotations = spec.annotations ?? [:]
        annotations[RuntimeAnnotation.seccompFilter] = file
        spec.annotations = annotations
    }
}
