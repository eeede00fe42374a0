import BerthAPI
import JSONRPC
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// Plugins in Python that serve with asyncio.
struct AsyncTests {
    @Test("a driver served with asyncio does what one with threads does", arguments: [PluginKind.common, .volume])
    func conforms(_ suite: PluginKind) throws {
        try with { source in
            source.replacing(".run()", with: ".run_async()")
        } body: { package, _ in
            try expectConformance(of: package, suite: suite)
        }
    }

    @Test("a coroutine is cancelled when its caller gives up, while others go on") func cancellation() throws {
        try with(Self.coroutines) { package, folder in
            try SDKFixture.with(package: package, folder: folder) { fixture in
                let connection = try fixture.plugin.connect()
                defer { connection.close(reason: "the test has its answer") }
                #expect(throws: RPCError.self) {
                    try connection.callBlocking(VolumeUsage(volume: "x"), timeout: .milliseconds(50))
                }
                // Answered by a coroutine that waits for the other's cancellation.
                #expect(try fixture.plugin.call(VolumeDriverList()).map(\.volume) == ["given-up"])
            }
        }
    }

    @Test("a handler that returns a coroutine without being one is an error") func disguise() throws {
        let change = { (source: String) in
            Self.coroutines(source).replacing(
                "async def list(self, request, call):", with: "def list(self, request, call):"
            )
            .replacing("await self.cancelled.wait()", with: "return self.cancelled.wait()")
        }
        try with(change) { package, folder in
            try SDKFixture.with(package: package, folder: folder) { fixture in
                fixture.expect(.internal) { _ = try fixture.plugin.call(VolumeDriverList()) }
                _ = try fixture.plugin.call(PluginPing())
            }
        }
    }

    /// The skeleton with two methods that are coroutines.
    private static func coroutines(_ source: String) -> String {
        source.replacing("import os\n", with: "import asyncio\nimport os\n").replacing(
            "    Plugin(Volumes).run()\n",
            with: """
                    class Coroutines(Volumes):
                        def __init__(self, environment):
                            super().__init__(environment)
                            self.cancelled = asyncio.Event()

                        async def usage(self, request, call):
                            try:
                                await asyncio.Event().wait()
                            except asyncio.CancelledError:
                                self.cancelled.set()
                                raise

                        async def list(self, request, call):
                            await self.cancelled.wait()
                            return [VolumeDriverInfo("given-up", "/", Timestamp.now())]

                    Plugin(Coroutines).run_async()

                """)
    }

    /// Runs a test with the skeleton of a volume driver, changed.
    private func with(
        _ change: (String) -> String, body: (_ package: String, _ folder: String) throws -> Void
    ) throws {
        try SDKFixture.withFolder { folder in
            let package = try SDKFixture.install("\(SDKFixture.tree)/SDK/templates/python-volume", below: folder)
            let file = "\(package)/skeleton"
            let source = String(decoding: try readFile(file), as: UTF8.self)
            let changed = change(source)
            try #require(changed != source)
            try rewriteFile(file, Array(changed.utf8), mode: 0o755)
            try body(package, folder)
        }
    }
}
