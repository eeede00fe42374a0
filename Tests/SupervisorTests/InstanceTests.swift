import BerthAPI
import JSON
import LinuxSystem
import Testing

@testable import Supervisor

struct InstanceTests {
    typealias Package = SupervisorFixture.Package

    @Test func keepsWhatOperatorsDecided() async throws {
        try await SupervisorFixture.with { fixture in
            let folder = try fixture.package(Package(name: "extra"))
            let found = try await fixture.supervisor.examine(folder: folder)
            let source = PluginSource(kind: .folder, location: folder, digest: found.digest)
            let request = PluginInstall(
                source: source, name: "extra2", granted: found.manifest.privileges, configuration: ["size": 4])
            let info = try await fixture.supervisor.install(request, folder: folder)
            #expect(info.name == "extra2" && info.package == "extra" && info.digest == found.digest)
            try await fixture.supervisor.disable(PluginDisable(name: "odd"), users: [])
            let store = try InstanceStore(folder: "\(fixture.folder)/root/installed-plugins")
            #expect(store["extra2"]?.configuration == ["size": 4])
            #expect(store["odd"]?.enabled == false)
            await #expect(throws: BerthError.self) { try await fixture.create("a") }
            try await fixture.supervisor.enable("odd")
            try await fixture.create("a")
        }
    }

    @Test func installsWhatWasLookedAtAndNothingElse() async throws {
        try await SupervisorFixture.with { fixture in
            let folder = try fixture.package(Package(name: "extra"))
            let found = try await fixture.supervisor.examine(folder: folder)
            try writeFile("\(folder)/behaviour", Array("exits".utf8))
            let source = PluginSource(kind: .folder, location: folder, digest: found.digest)
            let error = await #expect(throws: BerthError.self) {
                _ = try await fixture.supervisor.install(
                    PluginInstall(source: source, granted: found.manifest.privileges), folder: folder)
            }
            #expect(error?.kind == .corrupted)
        }
    }

    @Test func ofTwoInstallationsUnderOneNameOneWorks() async throws {
        try await SupervisorFixture.with { fixture in
            let folder = try fixture.package(Package(name: "extra"))
            let request = PluginInstall(
                source: .init(kind: .folder, location: folder),
                granted: try await fixture.supervisor.examine(folder: folder).manifest.privileges)
            let installed = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask { (try? await fixture.supervisor.install(request, folder: folder)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(installed == 1)
            try await fixture.create("a", on: "extra")
        }
    }

    @Test func anInstallationThatFailsLeavesNothing() async throws {
        try await SupervisorFixture.with { fixture in
            let folder = try fixture.package(Package(name: "extra", behaviour: "exits"))
            let request = PluginInstall(
                source: .init(kind: .folder, location: folder),
                granted: try await fixture.supervisor.examine(folder: folder).manifest.privileges)
            await #expect(throws: BerthError.self) {
                _ = try await fixture.supervisor.install(request, folder: folder)
            }
            await #expect(throws: BerthError.self) { _ = try await fixture.supervisor.inspect("extra") }
            #expect(try listDirectory("\(fixture.folder)/root/installed-plugins/packages").isEmpty)
            #expect(!fileExists("\(fixture.folder)/run/plugins/extra"))
        }
    }

    @Test func removesOnlyWhatNobodyUses() async throws {
        try await SupervisorFixture.with { fixture in
            let onPath = await #expect(throws: BerthError.self) {
                try await fixture.supervisor.remove(PluginRemove(name: "odd"), users: [])
            }
            #expect(onPath?.kind == .failedPrecondition)
            let folder = try fixture.package(Package(name: "extra"))
            let found = try await fixture.supervisor.examine(folder: folder)
            let request = PluginInstall(
                source: .init(kind: .folder, location: folder), granted: found.manifest.privileges)
            _ = try await fixture.supervisor.install(request, folder: folder)
            let used = await #expect(throws: BerthError.self) {
                try await fixture.supervisor.remove(PluginRemove(name: "extra"), users: ["volume data"])
            }
            #expect(used?.message.contains("is used by volume data") == true)
            try await fixture.supervisor.remove(PluginRemove(name: "extra", state: true), users: [])
            #expect(try listDirectory("\(fixture.folder)/root/installed-plugins/packages").isEmpty)
            #expect(!fileExists("\(fixture.folder)/run/plugins/extra"))
        }
    }

    @Test func refusesConfigurationsThatTheSchemaDoesNotAllow() async throws {
        let schema =
            #"{"type":"object","additionalProperties":false,"properties":{"size":{"type":"integer","minimum":1}}}"#
        try await SupervisorFixture.with([Package(schema: schema)]) { fixture in
            try await fixture.create("a")
            for (configuration, reason) in [
                (["size": 0] as JSON, "size: is below 1"), (["size": "big"], "size: is not of type integer"),
                (["colour": 1], "colour: there is no such setting"), ([1], "the configuration: is not of type object"),
            ] {
                let error = await #expect(throws: BerthError.self) {
                    _ = try await fixture.supervisor.configure(
                        PluginSetConfiguration(name: "odd", configuration: configuration))
                }
                #expect(error?.message == reason)
            }
            // The odd plugin has no plugin.configure: it takes a fresh process.
            #expect(try await fixture.supervisor.configure(.init(name: "odd", configuration: ["size": 3])))
            #expect(try await fixture.supervisor.inspect("odd").configuration == ["size": 3])
        }
    }

    @Test func faultsAreForTheTestModeOnly() async throws {
        var fault = PluginFault()
        fault.killAfter = 3
        try await SupervisorFixture.with { fixture in
            #expect(throws: BerthError.self) { try fixture.supervisor.setFault(.init(name: "odd", fault: fault)) }
        }
        try await SupervisorFixture.with(configure: { $0.testMode = true }) { fixture in
            try fixture.supervisor.setFault(.init(name: "odd", fault: fault))
            // The third call's process is killed; the call is repeated on the next.
            for number in 0..<5 { try await fixture.create("v\(number)") }
            #expect(try await fixture.supervisor.inspect("odd").restarts == 1)
        }
    }

    @Test func showsTheWireWithoutSecrets() async throws {
        try await SupervisorFixture.with { fixture in
            try await fixture.create("a")
            let seen = Collected<PluginTraffic>()
            let stop = try fixture.supervisor.trace(PluginTrace(name: "odd", methods: ["volume.*"])) { seen.add($0) }
            _ = try? await fixture.supervisor.call(
                PluginCall(name: "odd", method: "volume.login", params: ["password": "hunter2", "user": "me"]))
            try await fixture.create("b")
            stop()
            #expect(seen.all.map(\.method) == ["volume.login", "volume.login", "volume.create", "volume.create"])
            #expect(seen.all.map(\.sent) == [true, false, true, false])
            #expect(seen.all[0].message["params"]?["password"] == "(redacted)")
            #expect(seen.all[3].elapsed != nil)
        }
    }
}
