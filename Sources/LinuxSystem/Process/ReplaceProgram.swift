import CLinux
import Glibc

/// Runs another program in this process's place (execve(2)): its number, its children and the descriptors in `keeping`
/// stay, everything else goes.
///
/// - Returns: only by throwing; then the process goes on as it was.
public func replaceProgram(
    _ path: String, arguments: [String], environment: [String], keeping: [CInt]
) throws(SystemError) -> Never {
    for descriptor in keeping {
        try systemCall("fcntl", "F_SETFD \(descriptor)") { fcntl(descriptor, F_SETFD, 0) }
    }
    let (arguments, environment) = (CStringArray(arguments), CStringArray(environment))
    // The new program's first thread is the calling one, whose nice value may be of libdispatch's choice.
    let process = __priority_which_t(PRIO_PROCESS.rawValue)
    _ = setpriority(process, 0, getpriority(process, id_t(getpid())))
    _ = execve(path, arguments.pointers, environment.pointers)
    let error = SystemError(.current, "execve", path)
    withExtendedLifetime((arguments, environment)) {}
    for descriptor in keeping { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    throw error
}

/// `NAME=value` strings: this process's environment.
public func environmentVariables() -> [String] {
    var variables: [String] = []
    var next = berth_environment()
    while let entry = next?.pointee {
        variables.append(String(cString: entry))
        next = next?.advanced(by: 1)
    }
    return variables
}

/// Takes a descriptor over that the program before this one in the process left (`replaceProgram`).
public func inheritDescriptor(_ raw: CInt) throws(SystemError) -> Descriptor {
    try systemCall("fcntl", "F_SETFD \(raw)") { fcntl(raw, F_SETFD, FD_CLOEXEC) }
    return Descriptor(owning: raw)
}
