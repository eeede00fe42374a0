import ContainerRuntime
import JSON
import LinuxSystem

/// The containers of one root:
///
///     <root>/<id>/state.json    ContainerRecord
///                 start         socket on which a created container waits; gone once it is started
///                 seccomp.bpf   its compiled filter
///            ~filters/          FilterCache: no container can have this name
struct StateStore {
    let root: String

    var filters: FilterCache { FilterCache(folder: "\(root)/~filters") }

    func folder(_ id: String) throws -> String {
        guard Self.isName(id) else { throw UsageError("\(id) is not a valid container id") }
        return "\(root)/\(id)"
    }

    func startSocket(_ id: String) throws -> String { try folder(id) + "/start" }
    func filter(_ id: String) throws -> String { try folder(id) + "/seccomp.bpf" }

    /// Takes an id that is free.
    func reserve(_ id: String) throws {
        let folder = try folder(id)
        try makeDirectory(root)
        guard try FolderCreation.makeNew(folder) else {
            throw LaunchError(.state, "container \(id) exists already")
        }
    }

    func release(_ id: String) throws { try removeDirectory(try folder(id)) }

    func save(_ record: ContainerRecord) throws {
        let bytes = try JSON(encoding: record).serialized()
        try writeFile(try folder(record.id) + "/state.json", bytes, durable: false)
    }

    func load(_ id: String) throws -> ContainerRecord {
        let file = try folder(id) + "/state.json"
        guard fileExists(file) else { throw LaunchError(.state, "container \(id) does not exist", .noEntry) }
        return try JSON(parsing: try readFile(file, limit: 1 << 20)).decode(ContainerRecord.self)
    }

    func ids() throws -> [String] {
        guard fileExists(root) else { return [] }
        return try listDirectory(root).filter { fileExists("\(root)/\($0)/state.json") }.sorted()
    }

    /// Whether the container still waits for its start.
    func isWaiting(_ id: String) throws -> Bool { fileExists(try startSocket(id)) }

    /// As runc: letters, digits and `_ + - .`, not `.` or `..`.
    static func isName(_ id: String) -> Bool {
        guard !id.isEmpty, id.utf8.count <= 1024, id != ".", id != ".." else { return false }
        return id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
