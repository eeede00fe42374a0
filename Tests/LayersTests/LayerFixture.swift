import Archive
import Glibc
import Hashing
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

@testable import Layers

/// A folder of its own on tmpfs, gone after the test.
struct Scratch {
    let path: String

    static func with<R>(_ body: (Scratch) throws -> R) throws -> R {
        let path = "/dev/shm/berth-layers-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(path)
        defer {
            // Whatever the test found, its folder goes.
            try? removeTree(path)
        }
        return try body(Scratch(path: path))
    }

    /// A new folder in it, with its parent folder as a place where nothing may change.
    func target(_ name: String = "outer/root") throws -> Target {
        try makeDirectory("\(path)/\(name)", mode: 0o755)
        return try Target("\(path)/\(name)")
    }
}

/// A folder to unpack into.
final class Target {
    let path: String
    let folder: SharedDescriptor

    init(_ path: String) throws {
        self.path = path
        folder = try DirectoryEntry.openAbsolute(BytePath(path)).shared()
    }

    @discardableResult
    func apply(
        _ blob: [UInt8], _ form: LayerForm = .overlay, type: String = MediaType.layer,
        limits: LayerLimits = LayerLimits()
    ) throws -> AppliedLayer {
        let file = try memoryFile(blob)
        return try LayerApplier(form, limits: limits).apply(blob: file.raw, mediaType: type, to: folder.raw)
    }

    @discardableResult
    func apply(_ form: LayerForm = .overlay, _ build: (inout TarBuilder) -> Void) throws -> AppliedLayer {
        var tar = TarBuilder()
        build(&tar)
        return try apply(tar.finished(), form)
    }

    func text(_ name: String) throws -> String { String(decoding: try readFile("\(path)/\(name)"), as: UTF8.self) }

    func status(_ name: String) throws -> FileStatus { try DirectoryEntry.status(folder.raw, BytePath(name)) }

    func exists(_ name: String) throws -> Bool {
        try succeeds(unless: .noEntry) { () throws(SystemError) in
            _ = try DirectoryEntry.status(folder.raw, BytePath(name))
        }
    }

    func attribute(_ file: String, _ name: String) throws -> [UInt8]? {
        let opened = try DirectoryEntry.openForReading(folder.raw, BytePath(file))
        return try ExtendedAttributes.get(opened.raw, BytePath(name))
    }

    func names() throws -> [String] { try listDirectory(path).sorted() }
}

func removeTree(_ path: String) throws {
    let parent = try DirectoryEntry.openAbsolute(BytePath(parentDirectory(path)))
    try TreeRemover.remove(parent.raw, BytePath(String(path.split(separator: "/").last!)))
}

/// Runs a program and waits for its end.
@discardableResult
func run(_ program: String, _ arguments: String..., in folder: String? = nil) throws -> CInt {
    var request = SpawnRequest(.path(program), arguments: [program] + arguments, environment: ["PATH=/usr/bin:/bin"])
    request.descriptors[2] = try SharedDescriptor(borrowing: 2)
    if let folder { request.directory = try DirectoryEntry.openAbsolute(BytePath(folder)).shared() }
    let process = try spawn(request)
    return try ProcessDescriptor.wait(process.pidfd.raw)?.code ?? -1
}

/// The error that a layer is refused with.
func refusal(_ body: () throws -> Void) throws -> LayerError {
    do {
        try body()
    } catch let error as LayerError {
        return error
    }
    throw Violation("the layer was accepted")
}
