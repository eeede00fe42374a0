import BerthAPI
import JSON
import LinuxSystem
import Testing

@testable import Confinement
@testable import Supervisor

struct PrivilegeTests {
    private static let top = parentDirectory(parentDirectory(parentDirectory(#filePath)))

    /// Manifests in the tree, by name.
    private static func manifests() throws -> [String: PluginManifest] {
        var found: [String: PluginManifest] = [:]
        for kind in try listDirectory("\(top)/Plugins") {
            for folder in try listDirectory("\(top)/Plugins/\(kind)") {
                let path = "\(top)/Plugins/\(kind)/\(folder)/plugin.json"
                guard fileExists(path) else { continue }
                let manifest = try PluginPackage.manifest(at: path)
                found[manifest.name] = manifest
            }
        }
        return found
    }

    @Test func areAsTheDocumentSays() throws {
        let page = String(decoding: try readFile("\(Self.top)/Docs/confinement.md"), as: UTF8.self)
        let table = page.split(separator: "\n").drop { !$0.hasPrefix("| plugin |") }.dropFirst(2)
            .prefix { $0.hasPrefix("|") }
        let rows = table.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).map { cell in
                cell.split(separator: " ").map(String.init)
            }
        }
        let manifests = try Self.manifests()
        #expect(Set(rows.compactMap { $0[1].first }) == Set(manifests.keys))
        for row in rows {
            let privileges = try #require(manifests[row[1].first ?? ""]).privileges
            #expect(row[2] == privileges.capabilities)
            #expect(row[3] == privileges.systemCalls ?? [])
            #expect(row[4] == [privileges.network])
            #expect(row[5] == privileges.devices)
            #expect(row[6] == privileges.paths)
            #expect(row[7] == privileges.mounts ?? [])
            #expect(row[8] == (privileges.limits?.memory.map { ["\($0)"] } ?? []))
            #expect(!row[9].isEmpty)
        }
    }

    @Test(arguments: [
        (#""capabilities":["CAP_EVERYTHING"],"network":"none","devices":[],"paths":[]"#, "unknown CAP_EVERYTHING"),
        (#""capabilities":[],"network":"some","devices":[],"paths":[]"#, "network: none or host"),
        (#""capabilities":[],"network":"none","devices":["/etc/x"],"paths":[]"#, "below /dev expected, not /etc/x"),
        (#""capabilities":[],"network":"none","devices":["/dev/../x"],"paths":[]"#, "devices: a path"),
        (#""capabilities":[],"network":"none","devices":[],"paths":["/"]"#, "paths: an absolute path"),
        (#""capabilities":[],"network":"none","devices":[],"paths":["/a/../etc:ro"]"#, "paths: an absolute path"),
        (#""capabilities":[],"network":"none","devices":[],"paths":["a"]"#, "paths: an absolute path"),
        (
            #""capabilities":[],"network":"none","devices":[],"paths":[],"mounts":["/a/../etc"]"#,
            "mounts: an absolute path expected"
        ),
        (
            #""capabilities":[],"network":"none","devices":[],"paths":[],"systemCalls":["read"]"#,
            "systemCalls: read is not one"
        ),
        (
            #""capabilities":[],"network":"none","devices":[],"paths":[],"limits":{"memory":-1}"#,
            "limits.memory: at least 8 MiB"
        ),
        (
            #""capabilities":[],"network":"none","devices":[],"paths":[],"limits":{"processes":0}"#,
            "limits.processes: at least 1"
        ),
    ])
    func areRefusedWhenNotUnderstood(_ members: String, _ reason: String) throws {
        let privileges = try JSON(parsing: "{\(members)}").decode(PluginManifest.Privileges.self)
        #expect(privileges.flaw?.contains(reason) == true, "\(privileges.flaw ?? "no flaw")")
    }

    @Test func comeFromTheConfigurationToo() throws {
        let configuration = try JSON(
            parsing: #"{"path":"/a","registries":{"x":{"ca":"/ca/x"},"y":{"ca":"/ca/y"},"z":{"ca":"../z"},"w":{}}}"#)
        #expect(DeclaredPath("configuration:path")?.paths(configuration) == ["/a"])
        #expect(DeclaredPath("configuration:registries.*.ca:ro")?.isReadOnly == true)
        #expect(DeclaredPath("configuration:registries.*.ca:ro")?.paths(configuration).sorted() == ["/ca/x", "/ca/y"])
        #expect(DeclaredPath("configuration:nothing")?.paths(configuration) == [])
        #expect(DeclaredPath("/srv:ro")?.paths(configuration) == ["/srv"])
    }
}
