import OCISpec
import Testing

private let hex = String(repeating: "0123456789abcdef", count: 4)

@Suite struct ImageReferenceTests {
    struct Case: Sendable {
        var text: String
        var full: String
        var familiar: String
    }

    @Test(arguments: [
        Case(text: "busybox", full: "docker.io/library/busybox:latest", familiar: "busybox:latest"),
        Case(text: "busybox:1.36", full: "docker.io/library/busybox:1.36", familiar: "busybox:1.36"),
        Case(text: "docker.io/busybox", full: "docker.io/library/busybox:latest", familiar: "busybox:latest"),
        Case(text: "index.docker.io/busybox", full: "docker.io/library/busybox:latest", familiar: "busybox:latest"),
        Case(text: "library/busybox", full: "docker.io/library/busybox:latest", familiar: "busybox:latest"),
        Case(text: "user/app", full: "docker.io/user/app:latest", familiar: "user/app:latest"),
        Case(text: "library/a/b", full: "docker.io/library/a/b:latest", familiar: "library/a/b:latest"),
        Case(text: "localhost/app", full: "localhost/app:latest", familiar: "localhost/app:latest"),
        Case(text: "localhost:5000/app", full: "localhost:5000/app:latest", familiar: "localhost:5000/app:latest"),
        Case(text: "Host/app", full: "Host/app:latest", familiar: "Host/app:latest"),
        Case(text: "[::1]:5000/app:v1", full: "[::1]:5000/app:v1", familiar: "[::1]:5000/app:v1"),
        Case(text: "ghcr.io/a/b/c:V_1.0-x", full: "ghcr.io/a/b/c:V_1.0-x", familiar: "ghcr.io/a/b/c:V_1.0-x"),
        Case(
            text: "a__b/c-----d/e.f_g", full: "docker.io/a__b/c-----d/e.f_g:latest",
            familiar: "a__b/c-----d/e.f_g:latest"),
        Case(
            text: "busybox@sha256:\(hex)", full: "docker.io/library/busybox@sha256:\(hex)",
            familiar: "busybox@sha256:\(hex)"),
        Case(
            text: "busybox:1@sha256:\(hex)", full: "docker.io/library/busybox:1@sha256:\(hex)",
            familiar: "busybox:1@sha256:\(hex)"),
    ])
    func parses(_ example: Case) throws {
        let reference = try ImageReference(example.text)
        #expect(reference.description == example.full)
        #expect(reference.familiar == example.familiar)
        #expect(try ImageReference(reference.description) == reference)
        #expect(try ImageReference(reference.familiar) == reference)
    }

    @Test(arguments: [
        ("", "repository name must have at least one component"),
        ("Busybox", "invalid reference format: repository name (library/Busybox) must be lowercase"),
        ("localhost:5000/Web", "invalid reference format: repository name (Web) must be lowercase"),
        (hex, "invalid repository name (\(hex)), cannot specify 64-byte hexadecimal strings"),
        ("busybox:", "invalid reference format"),
        ("busybox:-x", "invalid reference format"),
        ("busy box", "invalid reference format"),
        ("../etc/passwd", "invalid reference format"),
        ("a/../b", "invalid reference format"),
        ("a//b", "invalid reference format"),
        ("/a", "invalid reference format"),
        ("a/", "invalid reference format"),
        ("-a", "invalid reference format"),
        ("a..b", "invalid reference format"),
        ("a___b", "invalid reference format"),
        ("a@sha256:abcd", "invalid reference format"),
        ("a@sha512:\(hex)\(hex)", "invalid reference format: only sha256 digests are supported"),
        ("localhost:port/a", "invalid reference format"),
        ("localhost:123456/a", "invalid reference format"),
        ("exa_mple.com/a", "invalid reference format"),
        ("büsybox", "invalid reference format"),
        ("a\u{0}b", "invalid reference format"),
    ])
    func refuses(_ text: String, message: String) {
        let error = #expect(throws: InvalidReference.self) { try ImageReference(text) }
        let shown = error?.description.replacing("library/", with: "")
        #expect(shown == message.replacing("library/", with: ""))
    }

    @Test func boundsTheLengths() throws {
        let tag = String(repeating: "t", count: 128)
        #expect(try ImageReference("a:" + tag).tag == tag)
        #expect(throws: InvalidReference.self) { try ImageReference("a:\(tag)t") }
        let name = String(repeating: "n", count: 255)
        #expect(try ImageReference("example.com/" + name).repository == name)
        #expect(throws: InvalidReference(of: "example.com/n" + name)) { try ImageReference("example.com/n" + name) }
        #expect(throws: InvalidReference.self) { try ImageReference(String(repeating: "n", count: 1 << 20)) }
    }

    @Test func takesPartsAsTheyAre() throws {
        #expect(try ImageReference(domain: "docker.io", repository: "app").description == "docker.io/app")
        for (domain, repository) in [
            ("docker.io", "../x"), ("..", "app"), ("a/b", "app"), ("docker.io", "App"), ("", "a"),
        ] {
            #expect(throws: InvalidReference.self) { try ImageReference(domain: domain, repository: repository) }
        }
    }

    @Test func keepsABareNameBare() throws {
        let reference = try ImageReference(withoutDefaultTag: "busybox")
        #expect(reference.tag == nil && reference.familiar == "busybox")
        #expect(reference.withTag("2").remote == "2")
    }
}

extension InvalidReference {
    /// The error that parsing gives.
    fileprivate init(of text: String) {
        do {
            _ = try ImageReference(text)
            fatalError("\(text.prefix(40)) parses")
        } catch {
            self = error
        }
    }
}

@Suite struct DigestTests {
    @Test func takesOnlyTheCanonicalForm() {
        #expect(Digest("sha256:" + hex)?.description == "sha256:" + hex)
        #expect(Digest("sha256:" + hex)?.short == "0123456789ab")
        for text in [
            "", hex, "sha256:", "sha256:" + hex.uppercased(), "sha256:\(hex)0", "sha256:../\(hex.dropFirst(3))",
        ] {
            #expect(Digest(text) == nil)
        }
    }
}
