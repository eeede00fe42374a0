import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension Bench {
    /// Makes and undoes a thing many times at once, gives up what would make it when some of it is done, undoes it once
    /// more, and waits until the plugin works on nothing.
    ///
    /// - Parameters:
    ///   - pairs: how many times.
    ///   - round: how many answers come before the calls are given up.
    ///   - descriptors: of one call that makes it.
    func giveUp<Make: Method, Undo: Method>(
        _ make: Make, then undo: Undo, pairs: Int = 8, round: Int, descriptors: () throws -> [SharedDescriptor] = { [] }
    ) throws {
        let wire = try session
        var (making, undoing) = ([Int64](), [Int64]())
        for _ in 0..<pairs {
            making.append(try wire.send(make, descriptors: descriptors()))
            undoing.append(try wire.send(undo))
        }
        for id in undoing.prefix(round % pairs) { _ = try wire.outcome(of: JSON(id)) }
        for id in making { try wire.cancel(id) }
        undoing.append(try wire.send(undo))
        for id in making + undoing.dropFirst(round % pairs) { _ = try wire.outcome(of: JSON(id)) }
        // Answered when no call runs.
        try wire.call(PluginDrain())
        try wire.call(initialize())
    }
}
