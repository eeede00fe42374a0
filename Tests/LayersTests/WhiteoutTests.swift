import Archive
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

@testable import Layers

@Suite struct WhiteoutTests {
    private static let opaque = "trusted.overlay.opaque"

    @Test("overlay form: whiteouts are devices 0:0, opaque folders carry the attribute")
    func overlayForm() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            let layer = try target.apply { tar in
                tar.folder("./")
                tar.file(".wh.gone")
                tar.folder("folder")
                tar.file("folder/.wh..wh..opq")
                tar.file("other/.wh.gone")
                tar.file(".wh..wh.plnk/1.2", "aufs")
                tar.file(".wh..wh.aufs")
            }
            #expect(try target.status("gone").isOverlayWhiteout)
            #expect(try target.attribute("folder", Self.opaque) == Array("y".utf8))
            #expect(try target.attribute("other", Self.opaque) == nil)
            #expect(layer.impliedFolders == [BytePath("other")])
            #expect(try target.names() == ["folder", "gone", "other"])
        }
    }

    @Test(
        "overlay form: a whiteout does not hide its own layer's entry, whichever comes first", arguments: [true, false])
    func ownEntries(whiteoutFirst: Bool) throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try target.apply { tar in
                if whiteoutFirst { for name in ["f", "d", "implied"] { tar.file(".wh.\(name)") } }
                tar.file("f", "new")
                tar.folder("d")
                tar.file("d/inside", "new")
                tar.file("implied/inside", "new")
                if !whiteoutFirst { for name in ["f", "d", "implied"] { tar.file(".wh.\(name)") } }
            }
            #expect(try target.text("f") == "new" && target.text("d/inside") == "new")
            #expect(try target.text("implied/inside") == "new")
            for folder in ["d", "implied"] { #expect(try target.attribute(folder, Self.opaque) == Array("y".utf8)) }
        }
    }

    @Test("plain form: what the layers below have is removed, what this layer brings stays")
    func plainForm() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try target.apply(.plain) { tar in
                for name in ["gone", "gonefolder/x/y", "opaque/old", "opaque/olddir/z", "mixed/old", "kept"] {
                    tar.file(name, "1")
                }
            }
            try target.apply(.plain) { tar in
                tar.file(".wh.gone")
                tar.file(".wh.gonefolder")
                tar.file("opaque/new", "2")
                tar.file("opaque/newdir/n", "2")
                tar.file("opaque/.wh..wh..opq")
                tar.file("mixed/new", "2")
                tar.file(".wh.mixed")
                tar.file(".wh.never-there")
            }
            #expect(try target.names() == ["kept", "mixed", "opaque"])
            #expect(try listDirectory(target.path + "/opaque").sorted() == ["new", "newdir"])
            #expect(try listDirectory(target.path + "/opaque/newdir") == ["n"])
            #expect(try listDirectory(target.path + "/mixed") == ["new"])
        }
    }

    @Test("entries replace what is there, of whatever type", arguments: [LayerForm.overlay, .plain])
    func replacing(form: LayerForm) throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try target.apply(form) { tar in
                tar.folder("dir-to-file")
                tar.file("dir-to-file/a/b/c", "x")
                tar.file("file-to-dir", "x")
                tar.symbolicLink("link-to-file", to: "file-to-dir")
                tar.file("file-to-link", "x")
                tar.file("file-to-hard", "x")
                tar.file("dir-to-file", "new")
                tar.folder("file-to-dir")
                tar.file("file-to-dir/in", "new")
                tar.file("link-to-file", "new")
                tar.symbolicLink("file-to-link", to: "link-to-file")
                tar.hardLink("file-to-hard", to: "link-to-file")
                tar.hardLink("file-to-hard", to: "file-to-hard")
            }
            #expect(try target.text("dir-to-file") == "new" && target.text("file-to-dir/in") == "new")
            #expect(try target.text("link-to-file") == "new" && target.text("file-to-hard") == "new")
            #expect(try target.status("file-to-link").type == .symbolicLink)
            #expect(try target.status("file-to-hard").links == 2)
        }
    }

    @Test("folders keep the times of their entries, whatever comes into them and when")
    func folderTimes() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            try target.apply { tar in
                tar.folder("./")
                tar.folder("a")
                tar.symbolicLink("alias", to: "a")
                // More folders than are held open at once.
                for number in 0..<200 { tar.folder("a/d\(number)") }
                for number in 0..<200 { tar.file("a/d\(number)/f", "x") }
                tar.file("alias/late", "x")
                tar.file("a/f", "x")
                tar.file("a/f", "again")
                tar.file("a/d7/.wh.f")
                tar.folder("a/d8")
                tar.symbolicLink("a/d9", to: "d10")
            }
            var folders = ["", "a"]
            for number in 0..<200 where number != 9 { folders.append("a/d\(number)") }
            for folder in folders {
                let opened = try DirectoryEntry.openFolder(target.folder.raw, BytePath(folder))
                let status = try OpenFile.status(opened.raw)
                #expect(status.modified == FileTime(seconds: 1_700_000_000, nanoseconds: 0), "\(folder)")
            }
        }
    }
}
