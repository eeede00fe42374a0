import LinuxSystem

extension Bench {
    /// Runs `body` on several threads at once, each with a connection of its own; throws the first failure.
    func parallel(_ count: Int, _ body: @escaping @Sendable (Wire, Int) throws -> Void) throws {
        _ = try session
        let (address, results) = (address, Monitor<[(any Error)?]>([]))
        for index in 0..<count {
            try Thread.spawn(name: "client", stackSize: 1 << 20) {
                var failure: (any Error)?
                do {
                    try body(try address.connect(), index)
                } catch {
                    failure = error
                }
                results.withLock { $0.append(failure) }
                results.wakeAll()
            }
        }
        let failures = results.wait { $0.count == count ? $0 : nil } ?? []
        if let failure = failures.compactMap(\.self).first { throw failure }
    }
}
