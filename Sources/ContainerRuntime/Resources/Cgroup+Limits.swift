import LinuxSystem
import OCISpec

extension Cgroup {
    /// Writes the limits. A controller or file that the host has not is an error that says so.
    func apply(_ resources: RuntimeSpec.Resources) throws(LaunchError) {
        let reader: ResourcePlan.Reader = { (controller, file) throws(LaunchError) in
            let text = try during("limits") { () throws(SystemError) in try read(controller, file) }
            return text?.split(whereSeparator: \.isNewline).first.map(String.init)
        }
        let plan = try ResourcePlan(resources, layout.version, current: reader)
        var rest = plan.writes[...]
        while let controller = rest.first?.controller {
            let run = rest.prefix { $0.controller == controller }
            rest = rest.dropFirst(run.count)
            let folder = try open(controller, for: run[run.startIndex].file)
            try Self.perform(Array(run), folder)
        }
        if let program = plan.deviceProgram {
            try during("linux.resources.devices") { () throws(SystemError) in
                try attachDeviceProgram(program.instructions)
            }
        }
    }

    private func open(_ controller: CgroupController, for file: String) throws(LaunchError) -> KernelFolder {
        do {
            return try open(controller)
        } catch  where error.errno == .notSupported {
            throw LaunchError(
                .unsupported, "this host has no \(controller.rawValue) controller, which \(file) needs", error.errno)
        } catch {
            throw LaunchError(error, "limits of \(controller.rawValue)")
        }
    }

    /// The kernel checks each limit against those that hold at that moment (memory against memory with swap, quota
    /// against burst): what it finds invalid is written again after the others.
    private static func perform(_ writes: [ResourceWrite], _ folder: borrowing KernelFolder) throws(LaunchError) {
        var refused: [ResourceWrite] = []
        var reason: LaunchError?
        for write in writes {
            do throws(LaunchError) {
                try write.perform(folder)
            } catch  where error.errno == .invalid && writes.count > 1 {
                refused.append(write)
                reason = reason ?? error
            }
        }
        guard let reason else { return }
        guard refused.count < writes.count else { throw reason }
        try perform(refused, folder)
    }
}
