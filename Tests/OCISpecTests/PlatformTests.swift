import OCISpec
import Testing

@Suite struct PlatformTests {
    @Test(arguments: [
        ("linux/amd64", "linux/amd64"), ("x86_64", "linux/amd64"), ("linux/amd64/v1", "linux/amd64"),
        ("linux/aarch64", "linux/arm64/v8"), ("arm64", "linux/arm64/v8"), ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"), ("armel", "linux/arm/v6"), ("Linux/RISCV64", "linux/riscv64"),
    ])
    func parses(_ text: String, expected: String) {
        #expect(Platform(text)?.text == expected)
    }

    @Test(arguments: ["", "/", "linux/", "a/b/c/d", "linux/am d64"])
    func refuses(_ text: String) {
        #expect(Platform(text) == nil)
    }

    @Test func choosesTheBestVariant() throws {
        let index = ImageIndex(manifests: ["arm/v5", "arm/v7", "amd64", "arm64", "arm/v6"].enumerated().map(entry))
        func choice(_ text: String) throws -> Int64? {
            index.manifest(for: try #require(Platform(text)))?.size
        }
        #expect(try choice("linux/arm/v7") == 1)
        #expect(try choice("linux/arm/v6") == 4)
        #expect(try choice("linux/arm/v8") == 1)
        #expect(try choice("linux/amd64/v3") == 2)
        #expect(try choice("linux/arm64") == 3)
        #expect(try choice("linux/s390x") == nil)
        #expect(try choice("windows/amd64") == nil)
    }

    @Test func takesAnEntryWithoutAPlatformOnlyWhereNoneHasOne() {
        let bare = OCIDescriptor(mediaType: MediaType.manifest, digest: "sha256:0", size: 7)
        let attestation = OCIDescriptor(
            mediaType: MediaType.manifest, digest: "sha256:1", size: 8,
            platform: Platform(os: "unknown", architecture: "unknown"))
        #expect(ImageIndex(manifests: [bare]).manifest(for: .host)?.size == 7)
        #expect(ImageIndex(manifests: [bare, attestation]).manifest(for: .host) == nil)
    }

    private func entry(_ number: Int, _ platform: String) -> OCIDescriptor {
        let words = platform.split(separator: "/").map(String.init)
        let value = Platform(os: "linux", architecture: words[0], variant: words.count > 1 ? words[1] : nil)
        return OCIDescriptor(
            mediaType: MediaType.manifest, digest: "sha256:\(number)", size: Int64(number), platform: value)
    }
}
