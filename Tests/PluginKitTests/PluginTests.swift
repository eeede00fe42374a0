import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization
import Testing

@testable import PluginKit

/// The serve loop, in this process, on a socket of the test's.
struct PluginTests {
    struct Work: JSONRPC.Method {
        static let name = "work"
        static let summary = "Do what the text says"
        var text: String
        typealias Result = Work
    }

    final class Driver: Sendable {
        let instance: String
        let gate = Monitor(false)
        let started = Monitor(0)
        let held = Monitor(0)
        let locks = KeyLocks()
        init(_ instance: String) { self.instance = instance }

        func work(_ text: String) throws -> String {
            switch text {
            case "wait":
                started.withLock { $0 += 1 }
                started.wakeAll()
                _ = gate.wait(until: .now + .seconds(20)) { $0 ? true : nil }
            case "hold":
                started.withLock { $0 += 1 }
                started.wakeAll()
                try locks.hold(["key"]) {
                    held.withLock { $0 += 1 }
                    held.wakeAll()
                    _ = gate.wait(until: .now + .seconds(20)) { $0 ? true : nil }
                }
            case "missing": throw SystemError(.noEntry, "open", "/none")
            case "conflict": throw BerthError(.conflict, "the name is taken", object: "volume x")
            default: break
            }
            return "\(instance) \(text)"
        }
    }

    private func with(_ body: (Plugin<Driver>, Connection, Monitor<Bool>, Monitor<Driver?>) throws -> Void) throws {
        let path = "/tmp/berth-plugin-\(UInt64.random(in: 0...UInt64.max)).sock"
        let driver = Monitor<Driver?>(nil)
        let plugin = Plugin(name: "probe", version: "1.0.0", kinds: [.volume], threads: 2) { environment in
            let made = Driver(environment.instance)
            driver.withLock { $0 = made }
            return made
        }
        plugin.on(Work.self) { driver, request, _ in Work(text: try driver.work(request.text)) }
        let socket = try UnixSocket.listen(at: path).shared()
        let ended = Monitor(false)
        try Thread.spawn(name: "plugin") {
            do { try plugin.serve(on: try socket.duplicate()) } catch { Issue.record(error) }
            ended.withLock { $0 = true }
            ended.wakeAll()
        }
        let loop = try EventLoop()
        try Thread.spawn(name: "client") { loop.run() }
        let client = try Connection(socket: UnixSocket.connect(to: path), loop: loop)
        defer {
            client.close()
            loop.stop()
            driver.withLock { $0 }?.gate.withLock { $0 = true }
            driver.withLock { $0 }?.gate.wakeAll()
            plugin.loop.stop()
            _ = ended.wait(until: .now + .seconds(20)) { $0 ? true : nil }
            try? removeFile(path)
        }
        try body(plugin, client, ended, driver)
    }

    private func call<M: JSONRPC.Method>(_ client: Connection, _ method: M) throws -> M.Result {
        try client.callBlocking(method, timeout: .seconds(20)).result
    }

    private func initialize(
        _ client: Connection, instance: String = "one", configuration: JSON = [:], versions: ProtocolRange = .current
    ) throws -> PluginInitialize.Result {
        try call(
            client,
            PluginInitialize(
                instance: instance, supervisor: PeerIdentity(name: "test", version: "1"), protocolRange: versions,
                configuration: configuration, stateDirectory: "/state", runDirectory: "/run"))
    }

    private func kind(_ body: () throws -> Void) -> ErrorKind? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RPCError).map { BerthError($0).kind }
        }
    }

    @Test func callsNeedASession() throws {
        try with { _, client, _, _ in
            _ = try call(client, PluginPing())
            #expect(kind { _ = try call(client, Work(text: "x")) } == .failedPrecondition)
            let answer = try initialize(client)
            #expect(answer.plugin.name == "probe" && answer.kinds == [.volume] && answer.protocolVersion == 1)
            #expect(try call(client, Work(text: "x")).text == "one x")
        }
    }

    /// Its caller has gone on, and has removed what the call was to make.
    @Test func aCallThatWasGivenUpWhileItWaitedForALockDoesNotBegin() throws {
        try with { _, client, _, driver in
            _ = try initialize(client)
            let made = try #require(driver.withLock { $0 })
            client.call(Work(text: "hold"), timeout: .seconds(20)) { _ in }
            _ = made.held.wait(until: .now + .seconds(20)) { $0 == 1 ? true : nil }
            let id = try #require(client.call(Work(text: "hold"), timeout: .seconds(20)) { _ in })
            _ = made.started.wait(until: .now + .seconds(20)) { $0 == 2 ? true : nil }
            client.cancel(id)
            // Read after the cancellation.
            _ = try call(client, PluginPing())
            made.gate.withLock { $0 = true }
            made.gate.wakeAll()
            // Answered when no call runs.
            _ = try call(client, PluginDrain())
            #expect(made.held.withLock { $0 } == 1)
        }
    }

    @Test func aProtocolThatIsNotSpokenIsRefused() throws {
        try with { _, client, _, _ in
            let future = ProtocolRange(minimum: 90, maximum: 91)
            #expect(kind { _ = try initialize(client, versions: future) } == .failedPrecondition)
            _ = try initialize(client, versions: ProtocolRange(minimum: 1, maximum: 91))
        }
    }

    @Test func aSupervisorThatComesBackFindsTheSameDriver() throws {
        try with { _, client, _, driver in
            _ = try initialize(client)
            let first = driver.withLock { $0 }
            _ = try initialize(client)
            #expect(driver.withLock { $0 } === first)
            #expect(kind { _ = try initialize(client, instance: "two") } == .failedPrecondition)
            #expect(kind { _ = try initialize(client, configuration: ["a": 1]) } == .failedPrecondition)
        }
    }

    @Test func aChangedConfigurationGoesToItsHandler() throws {
        try with { plugin, client, _, _ in
            let taken = Mutex<[JSON]>([])
            plugin.onConfigure { _, configuration in taken.withLock { $0.append(configuration) } }
            _ = try initialize(client)
            for value: JSON in [["a": 1], ["a": 1], ["a": 2]] {
                _ = try call(client, PluginConfigure(configuration: value))
            }
            #expect(taken.withLock { $0 } == [["a": 1], ["a": 2]])
        }
    }

    @Test func errorsKeepTheirKindAndNameThePlugin() throws {
        try with { _, client, _, _ in
            _ = try initialize(client)
            #expect(kind { _ = try call(client, Work(text: "missing")) } == .notFound)
            do {
                _ = try call(client, Work(text: "conflict"))
                Issue.record("no error")
            } catch let error as RPCError {
                let error = BerthError(error)
                #expect(error.kind == .conflict && error.object == "volume x" && error.plugin == "probe")
            }
            #expect(try call(client, PluginStats()).failures == 2)
        }
    }

    @Test func pingsAreAnsweredWhileEveryThreadIsBusy() throws {
        try with { _, client, _, driver in
            _ = try initialize(client)
            let done = Monitor(0)
            for _ in 0..<6 {
                client.call(Work(text: "wait"), timeout: .seconds(20)) { _ in
                    done.withLock { $0 += 1 }
                    done.wakeAll()
                }
            }
            let made = try #require(driver.withLock { $0 })
            _ = made.started.wait(until: .now + .seconds(20)) { $0 == 2 ? true : nil }
            _ = try call(client, PluginPing())
            made.gate.withLock { $0 = true }
            made.gate.wakeAll()
            #expect(done.wait(until: .now + .seconds(20)) { $0 == 6 ? true : nil } == true)
        }
    }

    @Test func drainingFinishesWhatRunsAndRefusesTheRest() throws {
        try with { _, client, _, driver in
            _ = try initialize(client)
            let results = Monitor<[String]>([])
            client.call(Work(text: "wait"), timeout: .seconds(20)) { result in
                results.withLock { $0.append((try? result.get().result.text) ?? "failed") }
            }
            let made = try #require(driver.withLock { $0 })
            _ = made.started.wait(until: .now + .seconds(20)) { $0 == 1 ? true : nil }
            client.call(PluginDrain(), timeout: .seconds(20)) { _ in
                results.withLock { $0.append("drained") }
                results.wakeAll()
            }
            #expect(kind { _ = try call(client, Work(text: "x")) } == .unavailable)
            _ = try call(client, PluginPing())
            made.gate.withLock { $0 = true }
            made.gate.wakeAll()
            let both = results.wait(until: .now + .seconds(20)) { $0.count == 2 ? $0 : nil }
            #expect(both == ["one wait", "drained"])
            // A rollback of the upgrade: the session is opened again.
            _ = try initialize(client)
            #expect(try call(client, Work(text: "again")).text == "one again")
        }
    }

    @Test func shutdownIsAnsweredAndEndsTheLoop() throws {
        try with { plugin, client, ended, _ in
            let stopped = Mutex(false)
            plugin.onStop { _ in stopped.withLock { $0 = true } }
            _ = try initialize(client)
            _ = try call(client, PluginShutdown())
            #expect(ended.wait(until: .now + .seconds(20)) { $0 ? true : nil } == true)
            #expect(stopped.withLock { $0 })
        }
    }

    @Test func everyMethodIsDescribed() throws {
        try with { _, client, _, _ in
            let document = try call(client, Discover())
            let names = try #require(document["methods"]?.array).compactMap { $0["name"]?.string }
            let lifecycle = [
                "initialize", "plugin.ping", "plugin.configure", "plugin.stats", "plugin.drain", "plugin.shutdown",
            ]
            #expect(Set(names).isSuperset(of: lifecycle + ["work", "rpc.discover"]))
        }
    }
}
