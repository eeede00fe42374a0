import Archive
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

@testable import Layers

/// THREATS 20, 22, 25 (CVE-2025-47290, CVE-2021-32760 and kin): a layer reaches nothing outside its root.
@Suite struct HostileLayerTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var entry: String
        var build: @Sendable (inout TarBuilder) -> Void

        init(_ name: String, entry: String, _ build: @escaping @Sendable (inout TarBuilder) -> Void) {
            testDescription = name
            self.entry = entry
            self.build = build
        }
    }

    static let refused: [Attack] = [
        Attack("dot-dot", entry: "../escape") { $0.file("../escape", "x") },
        Attack("dot-dot inside", entry: "a/../../escape") { $0.file("a/../../escape", "x") },
        Attack("dot-dot folder", entry: "a/..") { $0.folder("a/..") },
        Attack("hard link out", entry: "link") { $0.hardLink("link", to: "../secret") },
        Attack("hard link to an absolute name that the layer does not have", entry: "link") {
            $0.hardLink("link", to: "/etc/passwd")
        },
        Attack("hard link through a symbolic link", entry: "link") { tar in
            tar.symbolicLink("out", to: "../..")
            tar.hardLink("link", to: "out/outer/secret")
        },
        Attack("hard link to a folder", entry: "link") { tar in
            tar.folder("folder")
            tar.hardLink("link", to: "folder")
        },
        Attack("links in a circle", entry: "one/f") { tar in
            tar.symbolicLink("one", to: "two")
            tar.symbolicLink("two", to: "one")
            tar.file("one/f", "x")
        },
        Attack("a link that leads nowhere as a folder", entry: "out/f") { tar in
            tar.symbolicLink("out", to: "/no/such/place")
            tar.file("out/f", "x")
        },
        Attack("a magic link as a folder", entry: "proc/f") { tar in
            tar.symbolicLink("proc", to: "/proc/self/root")
            tar.file("proc/f", "x")
        },
        Attack("a file as a folder", entry: "file/f") { tar in
            tar.file("file", "x")
            tar.file("file/f", "x")
        },
        Attack("whiteout of dot-dot", entry: ".wh...") { $0.file(".wh...") },
        Attack("whiteout of dot", entry: ".wh..") { $0.file(".wh..") },
        Attack("whiteout of nothing", entry: ".wh.") { $0.file(".wh.") },
        Attack("a whiteout as a folder", entry: ".wh.dir/f") { $0.file(".wh.dir/f", "x") },
        Attack("the root as a file", entry: "./") { tar in tar.symbolicLink("./", to: "/etc") },
        Attack("a device that Linux does not have", entry: "dev") { tar in
            var header = TarBuilder.Header("dev", type: "3")
            header.major = 5000
            tar.add(header)
        },
        Attack("an owner of more than 32 bits", entry: "f") { tar in
            tar.extended([("uid", Array("4294967296".utf8))])
            tar.file("f")
        },
        Attack("the owner that chown takes for none", entry: "f") { tar in
            tar.extended([("gid", Array("4294967295".utf8))])
            tar.file("f")
        },
        Attack("a name of 5000 bytes", entry: "") { tar in
            tar.extended([("path", Array(repeating: 0x61, count: 5000))])
            tar.file("f")
        },
        Attack("a component of 300 bytes", entry: "") { tar in
            tar.extended([("path", Array(repeating: 0x61, count: 300))])
            tar.file("f")
        },
    ]

    @Test("is refused by name, and nothing outside is touched", arguments: refused, [LayerForm.overlay, .plain])
    func refusals(attack: Attack, form: LayerForm) throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try writeFile(scratch.path + "/outer/secret", Array("secret".utf8))
            let error = try refusal { try target.apply(form, attack.build) }
            #expect(error.kind == .refused, "\(error)")
            if !attack.entry.isEmpty { #expect(error.entry == attack.entry) }
            #expect(try listDirectory(scratch.path + "/outer").sorted() == ["root", "secret"])
            #expect(try readFile(scratch.path + "/outer/secret") == Array("secret".utf8))
            let secret = try openForReading(scratch.path + "/outer/secret")
            #expect(try OpenFile.status(secret.raw).links == 1)
        }
    }

    @Test("links that lead out are followed as in a chroot: what is below them lands inside")
    func chroot() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try writeFile(scratch.path + "/outer/passwd", Array("host".utf8))
            try target.apply { tar in
                tar.folder("real")
                tar.symbolicLink("absolute", to: "/real")
                tar.symbolicLink("climbing", to: "../../../../../../real")
                tar.symbolicLink("up", to: "..")
                tar.file("absolute/one", "1")
                tar.file("climbing/two", "2")
                tar.file("up/passwd", "3")
                tar.file("/rooted", "4")
                tar.symbolicLink("dangling", to: "/nowhere")
                // A link itself is replaced, never written through.
                tar.symbolicLink("victim", to: "../passwd")
                tar.file("victim", "5")
                tar.symbolicLink("victim-dir", to: "..")
                tar.folder("victim-dir", mode: 0o700)
            }
            #expect(try target.text("real/one") == "1" && target.text("real/two") == "2")
            #expect(try target.text("passwd") == "3" && target.text("rooted") == "4" && target.text("victim") == "5")
            #expect(try target.status("victim-dir").type == .directory)
            #expect(try readFile(scratch.path + "/outer/passwd") == Array("host".utf8))
            #expect(try listDirectory(scratch.path + "/outer").sorted() == ["passwd", "root"])
        }
    }

    @Test("a folder changed under a link's name after it was cached is not written through")
    func swappedParent() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try makeDirectory(scratch.path + "/outer/victim")
            try target.apply { tar in
                tar.file("a/b/one", "1")
                // The cached folder a/b goes, a link takes the place of a.
                tar.symbolicLink("a", to: "../victim")
                tar.folder("victim")
                tar.folder("victim/b")
                tar.file("a/b/two", "2")
            }
            #expect(try listDirectory(scratch.path + "/outer/victim") == [])
            #expect(try target.text("victim/b/two") == "2")
        }
    }

    @Test("an engine's own attributes cannot be forged, a host's labels do not come along; others do")
    func attributes() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            let layer = try target.apply { tar in
                tar.extended([
                    ("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8)),
                    ("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8)),
                    ("SCHILY.xattr.security.selinux", Array("label".utf8)),
                    ("SCHILY.xattr.com.apple.quarantine", Array("x".utf8)),
                    ("SCHILY.xattr.user.mine", [0, 1, 2, 0x0a, 0xff]),
                ])
                tar.folder("d")
            }
            #expect(layer.skippedAttributes == 4)
            #expect(try target.attribute("d", "user.mine") == [0, 1, 2, 0x0a, 0xff])
            let opened = try DirectoryEntry.openForReading(target.folder.raw, BytePath("d"))
            #expect(try !ExtendedAttributes.names(opened.raw).contains { $0.hasPrefix("trusted.overlay.") })
        }
    }

    @Test("names that are not UTF-8 are kept as they are")
    func foreignNames() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            for (name, extended) in [([0x66, 0xff, 0xfe], false), ([0x67, 0xe9], true), (Array("ключ".utf8), true)] {
                var tar = TarBuilder()
                var header = TarBuilder.Header("replaced")
                if extended { tar.extended([("path", name)]) } else { header.name = name }
                tar.add(header, content: Array("x".utf8))
                try target.apply(tar.finished())
                #expect(try DirectoryEntry.status(target.folder.raw, try #require(BytePath(name))).size == 1)
            }
        }
    }
}
