import BerthAPI
import LinuxSystem
import Testing

@testable import Supervisor

struct ArchiveTests {
    private func folder(_ body: (String) throws -> Void) throws {
        let path = "/dev/shm/berth-archive-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory("\(path)/a/deep")
        defer { try? removeDirectory(path) }
        try writeFile("\(path)/a/plugin.json", Array("{}".utf8))
        try writeFile("\(path)/a/deep/run", [UInt8](repeating: 7, count: 1000), mode: 0o755)
        try body(path)
    }

    @Test func equalPackagesAreEqualBytes() throws {
        try folder { path in
            let digest = try PackageArchive.digest(of: "\(path)/a")
            try makeDirectory("\(path)/b/deep")
            try writeFile("\(path)/b/deep/run", [UInt8](repeating: 7, count: 1000), mode: 0o700)
            try writeFile("\(path)/b/plugin.json", Array("{}".utf8), mode: 0o640)
            #expect(try PackageArchive.digest(of: "\(path)/b") == digest)
            try writeFile("\(path)/b/plugin.json", Array("{ }".utf8))
            #expect(try PackageArchive.digest(of: "\(path)/b") != digest)
        }
    }

    @Test func tarReadsIt() throws {
        try folder { path in
            var bytes: [UInt8] = []
            try PackageArchive.write("\(path)/a") { bytes.append(contentsOf: $0) }
            try writeFile("\(path)/a.tar", bytes)
            try makeDirectory("\(path)/out")
            var request = SpawnRequest(
                .path("/bin/tar"), arguments: ["tar", "-C", "\(path)/out", "-xf", "\(path)/a.tar"])
            request.descriptors = [0: try openNullDevice()]
            let process = try spawn(request).shared()
            #expect(try ProcessDescriptor.wait(process.raw)?.code == 0)
            #expect(try PackageArchive.digest(of: "\(path)/out") == PackageArchive.digest(of: "\(path)/a"))
        }
    }

    @Test func holdsFilesAndFoldersOnly() throws {
        try folder { path in
            try makeLink("/etc/passwd", at: "\(path)/a/link")
            let error = #expect(throws: BerthError.self) { _ = try PackageArchive.digest(of: "\(path)/a") }
            #expect(error?.message.contains("link: a plugin package holds files and folders only") == true)
        }
    }
}
