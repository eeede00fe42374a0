import Glibc
import Testing

@testable import LinuxSystem

@Suite(.enabled(if: CurrentProcess.uid == 0)) struct OverlayMountTests {
    /// As a kernel before 6.8 is asked: so many layers are given to mount(2), which needs a place.
    @Test(arguments: [2, 100]) func layersOfAnOldKernel(_ count: Int) throws {
        let folder = "/tmp/berth-overlay-test-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? removeDirectory(folder) }
        let layers = (0..<count).map { "\(folder)/layer-with-a-long-name-\($0)" }
        for (index, layer) in layers.enumerated() {
            try makeDirectory(layer)
            try writeFile("\(layer)/\(index)", [])
        }
        try makeDirectory("\(folder)/place")
        let overlay = OverlayMount(
            source: "test", options: ["lowerdir=\(layers.joined(separator: ":"))"], takesLayers: false)
        let place = "\(folder)/place"
        // A thread that sees no mounts but its own.
        let changes = try Thread.run(name: "test") { () throws(SystemError) -> [Bool] in
            try Namespace.unshare(.mount)
            try MountTree.setRootPropagation(.private, recursive: true)
            return try [nil, place].map { (place) throws(SystemError) in
                let table = try MountTable()
                let root = try overlay.make([.readOnly], place: place)
                let names = try Set(listDirectory("/proc/self/fd/\(root.raw)"))
                #expect(names == Set((0..<count).map { "\($0)" }))
                return table.hasChanged
            }
        }
        #expect(changes == [false, count > 2], "only a place that is given carries it")
    }
}

/// Whether this thread's mounts have changed (proc_pid_mountinfo(5): poll(2) tells of every change).
private struct MountTable: ~Copyable {
    private let file: Descriptor

    init() throws(SystemError) {
        let path = "/proc/thread-self/mountinfo"
        file = Descriptor(owning: try systemCall("open", path) { open(path, O_RDONLY | O_CLOEXEC) })
    }

    var hasChanged: Bool {
        var request = pollfd(fd: file.raw, events: Int16(POLLPRI), revents: 0)
        return poll(&request, 1, 0) > 0 && request.revents & Int16(POLLERR) != 0
    }
}
