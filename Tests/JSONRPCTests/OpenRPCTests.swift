import JSON
import JSONRPC
import Testing

struct OpenRPCTests {
    @Test func theDocumentNamesEveryMethodWithItsParametersAndResult() throws {
        let router = echoRouter()
        router.on(Slow.self) { _, _ in Echo(text: "") }
        let document = OpenRPC.document(title: "test", version: "1.2.3", methods: router.methods)
        #expect(document["openrpc"]?.string?.hasPrefix("1.2") == true)
        #expect(document["info"]?["version"]?.string == "1.2.3")
        let methods = try #require(document["methods"]?.array)
        #expect(methods.compactMap { $0["name"]?.string } == ["test.echo", "test.slow"])
        let parameter = try #require(methods[0]["params"]?[0])
        #expect(parameter["name"]?.string == "text" && parameter["required"]?.bool == true)
        #expect(parameter["schema"]?["type"]?.string == "string")
        #expect(methods[1]["result"]?["schema"]?["type"]?.string == "object")
    }
}
