import CLinux
import Glibc

extension Cgroup {
    /// v2: makes a program decide about devices, in the place of the one before (bpf(2), BPF_CGROUP_DEVICE).
    ///
    /// - Parameter instructions: `struct bpf_insn`, eight bytes each.
    public func attachDeviceProgram(_ instructions: [UInt64]) throws(SystemError) {
        let path = folders[0]
        let group = Descriptor(
            owning: try systemCall("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        let program = Descriptor(
            owning: try systemCall("bpf", "load a program of \(instructions.count) instructions") {
                berth_bpf_load_device_program(instructions, instructions.count)
            })
        var present: UInt32 = 0
        var count: UInt32 = 1
        let (groupRaw, programRaw) = (group.raw, program.raw)
        // More than the one that this function attaches are somebody else's: they go on deciding beside it.
        let asked = berth_bpf_query_device_programs(groupRaw, &present, &count)
        guard asked == 0, count == 1 else {
            try systemCall("bpf", "attach to \(path)") { berth_bpf_attach_device_program(groupRaw, programRaw, -1) }
            return
        }
        let id = present
        let former = Descriptor(owning: try systemCall("bpf", "program \(id)") { berth_bpf_open_program(id) })
        let formerRaw = former.raw
        try systemCall("bpf", "attach to \(path)") { berth_bpf_attach_device_program(groupRaw, programRaw, formerRaw) }
    }
}
