import BerthAPI
import LinuxSystem

/// One container's log, as its writer and its readers share it:
///
///     <state>/<container>/
///       <container>-json.log      being written, mode 0640
///       <container>-json.log.1    the one before; .2 is older
///       state                     how far the log is stored (`Journal`)
final class ContainerLog: Sendable {
    struct View {
        var generation: UInt64 = 0
        /// Bytes of the current file that readers may read.
        var size: Int64 = 0
        /// Whether lines can still come.
        var isLive = false
    }

    static let stateName = "state"

    let container: String
    let folder: Folder
    /// Files are renamed with its lock held only.
    let view: Monitor<View>

    init(container: String, folder: Folder) throws {
        self.container = container
        self.folder = folder
        var view = View()
        if let file = try? folder.open(ContainerLog.name(of: container), .read) {
            view.size = try RegularFile.size(file.raw)
        }
        if let file = try? folder.open(Self.stateName, .read), let state = try Journal(file).load() {
            view.generation = state.generation
            view.size = min(view.size, state.size)
        }
        self.view = Monitor(view)
    }

    var path: String { folder.path + "/" + name(0) }

    /// The file's name: 0 is being written, higher ones are older.
    func name(_ index: Int) -> String { Self.name(of: container) + (index == 0 ? "" : ".\(index)") }

    private static func name(of container: String) -> String { container + "-json.log" }

    /// Opens the current file and makes it when it is missing.
    func openCurrent() throws(SystemError) -> Descriptor {
        let file = try folder.open(name(0), .create)
        try OpenFile.setMode(file.raw, 0o640)
        return file
    }

    /// Tells the readers what there is.
    func publish(_ change: (inout View) -> Void) {
        view.withLock { change(&$0) }
        view.wakeAll()
    }

    /// Gives each file the next number, up to the first number that is free or the last one kept: repeated after a
    /// crash, it goes on. The lock of the view is held.
    func shiftFiles(keeping files: Int) throws(SystemError) {
        guard files > 1 else {
            try folder.remove(name(0))
            return
        }
        var free = 1
        while free < files - 1, try folder.size(of: name(free)) != nil { free += 1 }
        for index in (0..<free).reversed() where try folder.size(of: name(index)) != nil {
            try folder.rename(name(index), to: name(index + 1))
        }
    }

    /// Names that are fit for a folder and a file.
    static func check(_ container: String) throws {
        let fits = container.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
        guard fits, !container.hasPrefix("."), (1...128).contains(container.utf8.count) else {
            throw BerthError(.invalidArgument, "'\(container)' is no container's identifier")
        }
    }
}
