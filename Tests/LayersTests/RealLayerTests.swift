import Archive
import Hashing
import LinuxSystem
import OCISpec
import Testing

@testable import Layers

/// Layers made by tar(1), compared with what tar makes of them.
@Suite struct RealLayerTests {
    /// Names, types, owners, modes, link targets, times, device numbers, sizes, and content.
    private static let list = """
        cd "$1"; find . -printf '%P|%y|%U:%G|%#m|%l|%T@|%s|%n\\n' | sed 's/\\(|d|.*\\)|[0-9]*|[0-9]*$/\\1/' | sort; \
        find . -type f | sort | xargs -d '\\n' sha256sum; \
        find . \\( -type c -o -type b \\) | sort | xargs -r stat -c '%n %t:%T'
        """

    private static let build = """
        set -e; mkdir -p tree/a/deep/folder tree/empty; cd tree
        echo text >a/file; head -c 3000000 /dev/urandom >a/random; : >a/none
        truncate -s 50M a/sparse; echo end >>a/sparse
        ln -s /absolute/target a/absolute; ln -s ../file a/relative; ln a/file a/deep/hard
        name=$(printf 'n%.0s' $(seq 1 200)); echo long >"a/$name"; mkdir -p "$name/$name/$name"; echo x >"$name/$name/$name/f"
        echo latin >"$(printf 'a/latin-\\351')"; echo utf >a/größe
        mknod a/null c 1 3; mknod a/disk b 8 17; mkfifo a/fifo
        chown 1234:5678 a/file; chown -h 70000:70000 a/relative
        chmod 4755 a/random; chmod 2775 a/deep; chmod 1777 empty; chmod 0000 a/none
        touch -d '2001-02-03 04:05:06.789012345 UTC' a/file a/deep empty; touch -h -d '1999-01-01 UTC' a/relative
        touch -d '1969-06-01 UTC' a/none
        """

    /// The last is CAP_NET_RAW, permitted and effective (linux/capability.h, vfs_cap_data of revision 2).
    private static let attributes: [(file: String, name: String, value: [UInt8])] = [
        ("a/file", "user.comment", Array("some=value\n".utf8) + [0, 0xff]),
        ("a/deep", "user.folder", Array("x".utf8)),
        ("a/random", "security.capability", [1, 0, 0, 2, 0, 0x20] + [UInt8](repeating: 0, count: 14)),
    ]

    @Test(
        "what is unpacked is what tar unpacks", arguments: ["pax", "gnu", "ustar-plain"],
        ["none", "gzip", "zstd", "pigz"])
    func likeTar(format: String, compression: String) throws {
        try Scratch.with { scratch in
            try #require(try run("/bin/sh", "-c", Self.build, in: scratch.path) == 0)
            for (file, name, value) in Self.attributes {
                let opened = try openForReading("\(scratch.path)/tree/\(file)")
                try value.withUnsafeBufferPointer { value throws(SystemError) in
                    try ExtendedAttributes.set(opened.raw, BytePath(name), UnsafeRawBufferPointer(value))
                }
            }
            let plain = format == "ustar-plain"
            let options =
                plain
                ? "--format=ustar --exclude='./nnn*' --exclude='./a/nnn*' --exclude='./a/sparse' --exclude='./a/none'"
                : "--format=\(format) --sparse" + (format == "pax" ? " --xattrs --xattrs-include='*'" : "")
            try #require(try run("/bin/sh", "-c", "tar -C tree \(options) -cf layer.tar .", in: scratch.path) == 0)
            let expected = "\(scratch.path)/expected"
            let unpack =
                "mkdir expected && tar -C expected --numeric-owner --same-owner -p --xattrs --xattrs-include='*' -xf layer.tar"
            try #require(try run("/bin/sh", "-c", unpack, in: scratch.path) == 0)
            let commands = [
                "none": "cp layer.tar blob", "gzip": "gzip -c layer.tar >blob", "zstd": "zstd -q layer.tar -o blob",
                // Two members, as parallel compressors and estargz make them.
                "pigz": "(head -c 100000 layer.tar | gzip -c; tail -c +100001 layer.tar | gzip -1 -c) >blob",
            ]
            try #require(try run("/bin/sh", "-c", commands[compression]!, in: scratch.path) == 0)

            let target = try scratch.target()
            let blob = try openForReading("\(scratch.path)/blob")
            let layer = try LayerApplier(.overlay).apply(
                blob: blob.raw, mediaType: MediaType.layerGzip, to: target.folder.raw)

            let tar = try openForReading("\(scratch.path)/layer.tar")
            var hash = SHA256()
            #expect(try hash.update(file: tar.raw) == layer.size)
            #expect(hash.finalize() == layer.diffID)
            #expect(layer.impliedFolders == [])
            #expect(try listing(expected, scratch) == listing(target.path, scratch))
            if format == "pax" {
                for (file, name, value) in Self.attributes { #expect(try target.attribute(file, name) == value) }
            }
        }
    }

    private func listing(_ path: String, _ scratch: Scratch) throws -> [String] {
        let out = "\(scratch.path)/listing"
        #expect(try run("/bin/sh", "-c", "(\(Self.list)) >\(out) 2>&1", "sh", path) == 0)
        return String(decoding: try readFile(out), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("an empty layer is a layer")
    func empty() throws {
        try Scratch.with { scratch in
            let target = try scratch.target()
            let layer = try target.apply([UInt8](repeating: 0, count: 1024))
            #expect(layer.size == 1024)
            // The digest that every registry knows for an empty tar.
            #expect(
                layer.diffID.description == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef")
            #expect(try target.apply([]).size == 0)
        }
    }
}
