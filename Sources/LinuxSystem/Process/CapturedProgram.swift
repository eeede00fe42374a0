import Glibc

/// A program run to its end for what it writes.
public struct CapturedProgram: Sendable {
    public var status: ExitStatus
    public var output: [UInt8]
    public var error: [UInt8]

    /// Starts it and waits, on the calling thread.
    ///
    /// - Parameters:
    ///   - request: its descriptors 1 and 2 are taken.
    ///   - milliseconds: how long it may take; then it is killed.
    ///   - limit: bytes of output after which it is killed.
    /// - Throws: `timedOut`; `noSpace` for too much output.
    public static func run(
        _ request: SpawnRequest, milliseconds: Int, limit: Int = 8 << 20
    ) throws(SystemError) -> CapturedProgram {
        let started = try start(request)
        do throws(SystemError) {
            let output = try collect(started.output.raw, .now + .milliseconds(milliseconds), limit)
            guard let status = try ProcessDescriptor.wait(started.process.raw) else {
                throw SystemError(.noProcess, "waitid")
            }
            return CapturedProgram(status: status, output: output, error: try started.errors.contents())
        } catch {
            try ProcessDescriptor.signal(started.process.raw, SIGKILL)
            _ = try ProcessDescriptor.wait(started.process.raw)
            throw error
        }
    }

    /// The writing end goes away with this function: its end is the end of the output.
    private static func start(
        _ request: SpawnRequest
    ) throws(SystemError) -> (process: SharedDescriptor, output: SharedDescriptor, errors: MemoryFileDescriptor) {
        let (reading, writing) = try Pipe().shared()
        let errors = try MemoryFileDescriptor("stderr")
        var request = request
        request.descriptors[1] = writing
        request.descriptors[2] = try SharedDescriptor(borrowing: errors.raw)
        return (try spawn(request).shared(), reading, errors)
    }

    private static func collect(
        _ descriptor: CInt, _ deadline: MonotonicTime, _ limit: Int
    ) throws(SystemError) -> [UInt8] {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while output.count <= limit {
            guard StreamPoll.waitReadable(descriptor, until: deadline) else { throw SystemError(.timedOut, "read") }
            let count = try systemCall("read", "\(descriptor)") { read(descriptor, &buffer, buffer.count) }
            if count == 0 { return output }
            output += buffer[..<count]
        }
        throw SystemError(.noSpace, "read", "more than \(limit) bytes")
    }
}
