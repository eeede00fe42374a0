import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// The list of devices under cgroup v2: what the program answers, and that the kernel takes it.
@Suite struct DeviceProgramTests {
    private typealias Rule = RuntimeSpec.DeviceRule

    private func allows(_ rules: [Rule], _ type: String, _ major: UInt64, _ minor: UInt64, _ access: String) throws
        -> Bool
    {
        let bits = access.reduce(UInt64(0)) { $0 | ["m": 1, "r": 2, "w": 4][$1]! }
        let context = [bits << 16 | (type == "b" ? 1 : 2), major, minor]
        var interpreter = Interpreter(context)
        return try interpreter.run(DeviceProgram(rules).instructions) == 1
    }

    @Test func theLastRuleAboutAnAccessDecides() throws {
        let rules: [Rule] = [
            .init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3),
            .init(allow: true, type: "c", major: 5, access: "r"),
            .init(allow: true, type: "c", major: 5, minor: 1, access: "w"),
            .init(allow: true, type: "b", access: "m"), .init(allow: false, type: "b", major: 8, access: "m"),
        ]
        #expect(try allows(rules, "c", 1, 3, "rwm"))
        #expect(try !allows(rules, "b", 1, 3, "r"))
        #expect(try !allows(rules, "c", 1, 4, "r"))
        #expect(try allows(rules, "c", 5, 0, "r"))
        #expect(try !allows(rules, "c", 5, 0, "w"))
        #expect(try allows(rules, "c", 5, 1, "rw"), "two rules together")
        #expect(try !allows(rules, "c", 5, 1, "rwm"))
        #expect(try allows(rules, "b", 7, 0, "m"))
        #expect(try !allows(rules, "b", 8, 0, "m"))
        #expect(try allows([.init(allow: true)], "b", 8, 0, "rwm"))
        #expect(try !allows(rules + [.init(allow: false)], "c", 1, 3, "r"))
        #expect(try allows([.init(allow: false, type: "c", major: 1, minor: 5, access: "w")], "c", 1, 5, "r"))
        #expect(try !allows([.init(allow: false, type: "c", major: 1, minor: 5, access: "w")], "c", 1, 5, "rw"))
    }

    @Test func numbersThatNoDeviceHasAreRefused() {
        #expect(throws: LaunchError.self) { try DeviceProgram([.init(allow: true, type: "c", major: 1 << 40)]) }
    }

    @Test(.enabled(if: CgroupTests.isPossible)) func theKernelTakesItAndAnotherInItsPlace() throws {
        let layout = try #require(CgroupTests.unified)
        let group = try Cgroup("/berth-test-\(UInt64.random(in: 0...UInt64.max))", in: layout)
        try group.create()
        defer { #expect(throws: Never.self) { try group.remove() } }
        func write(_ path: String) throws -> CInt {
            var request = SpawnRequest(.path("/bin/busybox"), arguments: ["sh", "-c", "echo >\(path)"])
            request.cgroupFiles = try group.spawnFiles()
            let process = try spawn(request)
            return try #require(try ProcessDescriptor.wait(process.pidfd.raw)).code
        }
        #expect(try write("/dev/zero") == 0)
        let denied: [Rule] = [.init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3)]
        try group.attachDeviceProgram(DeviceProgram(denied).instructions)
        #expect(try write("/dev/null") == 0)
        #expect(try write("/dev/zero") != 0)
        try group.attachDeviceProgram(DeviceProgram(denied.completed).instructions)
        #expect(try write("/dev/zero") == 0, "the first program still decides")
    }
}

/// Runs the few instructions that the program has.
private struct Interpreter {
    private var registers = [UInt64](repeating: 0, count: 11)
    private let context: [UInt64]

    init(_ context: [UInt64]) { self.context = context }

    mutating func run(_ program: [UInt64]) throws -> UInt64 {
        var next = 0
        while true {
            let instruction = try #require(
                program.indices.contains(next) ? program[next] : nil, "ran out of the program")
            next += 1
            let (target, source) = (Int(instruction >> 8 & 15), Int(instruction >> 12 & 15))
            let offset = Int(Int16(truncatingIfNeeded: instruction >> 16))
            let value = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: instruction >> 32)))
            switch UInt8(truncatingIfNeeded: instruction) {
            case 0x61: registers[target] = context[offset / 4]
            case 0xbf: registers[target] = registers[source]
            case 0xb7: registers[target] = value
            case 0x57: registers[target] &= value
            case 0x77: registers[target] >>= value
            case 0x55: if registers[target] != value { next += offset }
            case 0x15: if registers[target] == value { next += offset }
            case 0x95: return registers[0]
            default: Issue.record("unknown instruction \(instruction)"); return 0
            }
        }
    }
}
