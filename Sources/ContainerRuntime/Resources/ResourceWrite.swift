import LinuxSystem

/// One write to a file of a group.
struct ResourceWrite: Equatable {
    var controller: CgroupController
    var file: String
    var value: String
    /// The same limit in another file, for a kernel or scheduler that has not got the first.
    var otherwise: Place?
    /// A kernel without the file has no need of the write.
    var isOptional = false

    struct Place: Equatable {
        var file: String
        var value: String
    }

    /// Throws what the kernel says; a file that is not there is `unsupported`.
    func perform(_ folder: borrowing KernelFolder) throws(LaunchError) {
        do {
            try folder.write(file, value)
        } catch  where error.errno == .noEntry {
            if isOptional { return }
            guard let otherwise else {
                throw LaunchError(
                    .unsupported, "this host's control groups have no \(file), which the limits ask for", error.errno)
            }
            try ResourceWrite(controller: controller, file: otherwise.file, value: otherwise.value).perform(folder)
        } catch {
            throw LaunchError(.system, "limit \(file) = \(value): \(explanation(error.errno))", error.errno)
        }
    }

    private func explanation(_ errno: Errno) -> String {
        switch (controller, errno) {
        case (.memory, .busy): "the container uses more than that now and cannot give it back"
        case (.cpuset, .invalid), (.cpuset, .accessDenied), (.cpuset, .outOfRange):
            "the host, or a group above, has not got these"
        case (.cpuset, .busy), (.cpuset, .noSpace): "processes of the container need what would be taken away"
        case (.blkio, .noDevice): "there is no such device"
        default: "\(errno)"
        }
    }
}
