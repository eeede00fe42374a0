import BerthAPI
import Testing

@testable import BerthCLI

@Suite struct PortSpecTests {
    @Test func onePort() throws {
        #expect(try PortSpec.parse("80") == [PortRequest(containerPort: 80)])
        #expect(try PortSpec.parse("8080:80") == [PortRequest(hostPort: 8080, containerPort: 80)])
        #expect(try PortSpec.parse("8080:53/udp") == [PortRequest(hostPort: 8080, containerPort: 53, proto: "udp")])
        #expect(
            try PortSpec.parse("127.0.0.1:8080:80")
                == [PortRequest(hostAddress: "127.0.0.1", hostPort: 8080, containerPort: 80)])
        #expect(try PortSpec.parse("127.0.0.1::80") == [PortRequest(hostAddress: "127.0.0.1", containerPort: 80)])
        #expect(try PortSpec.parse("[::1]:1:2") == [PortRequest(hostAddress: "::1", hostPort: 1, containerPort: 2)])
    }

    @Test func ranges() throws {
        #expect(try PortSpec.parse("8000-8002:80-82").map(\.hostPort) == [8000, 8001, 8002])
        let choice = try PortSpec.parse("8000-8010:80")
        #expect(choice.count == 1)
        #expect(choice[0].hostPort == 8000 && choice[0].hostPortEnd == 8010)
        #expect(try PortSpec.parseExposed("90-91/udp") == ["90/udp", "91/udp"])
    }

    @Test(
        arguments: [(String, String)]([
            ("80:x", "invalid containerPort: x"), ("x:80", "invalid hostPort: x"), ("80/frob", "invalid proto: frob"),
            ("1.2.3:80:80", "invalid IP address: 1.2.3"), ("70000:80", "invalid hostPort: 70000"),
            ("80-81:80-82", "invalid ranges specified for container and host Ports: 80-82 and 80-81"),
            ("8080:", "no port specified: 8080:<empty>"), ("", "no port specified: <empty>"),
            ("82-80", "invalid containerPort: 82-80"), ("+8:80", "invalid hostPort: +8"),
        ]))
    func errors(_ text: String, _ message: String) {
        #expect(throws: InvalidInput(message)) { try PortSpec.parse(text) }
    }
}

@Suite struct VolumeSpecTests {
    @Test func forms() throws {
        var bind = MountRequest(kind: .bind, source: "/a", target: "/b", readOnly: true)
        bind.createSource = true
        bind.propagation = "rslave"
        #expect(try VolumeSpec.parse("/a:/b:ro,rslave,z") == bind)
        #expect(try VolumeSpec.parse("data:/b") == MountRequest(kind: .volume, source: "data", target: "/b"))
        #expect(try VolumeSpec.parse("/b") == MountRequest(kind: .volume, target: "/b"))
        #expect(try VolumeSpec.parse("data:/b:nocopy").noCopy == true)
        #expect(try VolumeSpec.parse("./x/../y:/b").source?.hasSuffix("/y") == true)
    }

    @Test(arguments: [
        "a/b:/c", "data:rel", "v:/b", "/a:/", "a::/b", ":/b", "/a:/b:frob", "/a:/b:nocopy", "/a:/b:ro:rw",
    ])
    func errors(_ text: String) {
        #expect(throws: InvalidInput.self) { try VolumeSpec.parse(text) }
    }
}

@Suite struct MountSpecTests {
    @Test func bind() throws {
        let mount = try MountSpec.parse("type=bind,source=/a,target=/b,readonly,bind-propagation=shared")
        var expected = MountRequest(kind: .bind, source: "/a", target: "/b", readOnly: true)
        expected.propagation = "shared"
        #expect(mount == expected)
    }

    @Test func volumeWithQuotedOption() throws {
        let mount = try MountSpec.parse(#"src=vol,dst=/b,"volume-opt=o=addr=1,vers=""4""",volume-label=a=b"#)
        #expect(mount.driverOptions == ["o": #"addr=1,vers="4""#])
        #expect(mount.labels == ["a": "b"])
        #expect(mount.kind == .volume && mount.source == "vol")
    }

    @Test func tmpfs() throws {
        let mount = try MountSpec.parse("type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1777")
        #expect(mount.tmpfsSize == 1 << 20 && mount.tmpfsMode == 0o1777)
    }

    @Test(
        arguments: [(String, String)]([
            ("type=bind,target=/b", "source is required for a bind mount"),
            ("type=bind,src=/a", "target is required"),
            ("type=frob,dst=/b", "unknown mount type 'frob': bind, volume, tmpfs or image"),
            ("type=volume,dst=/b,bind-propagation=shared", "cannot mix 'bind-*' options with mount type 'volume'"),
            ("dst=/b,frob=1", "unknown option 'frob' in 'frob=1'"),
            ("dst=/b,frob", "invalid field 'frob' must be a key=value pair"),
            ("dst=/b,readonly=maybe", "invalid value for readonly: maybe"),
            (#"dst="/b"#, #"bare " in non-quoted field"#),
        ]))
    func errors(_ text: String, _ message: String) {
        #expect(throws: InvalidInput(message)) { try MountSpec.parse(text) }
    }
}

@Suite struct TmpfsSpecTests {
    @Test func options() throws {
        let mount = try TmpfsSpec.parse("/run:ro,noexec,size=64m,mode=1770,uid=3")
        #expect(mount.readOnly && mount.tmpfsSize == 64 << 20 && mount.tmpfsMode == 0o1770)
        #expect(mount.tmpfsOptions == ["noexec", "uid=3"])
    }

    @Test(arguments: ["run", "/run:frob", "/run:size=x", "/run:mode=99"])
    func errors(_ text: String) {
        #expect(throws: InvalidInput.self) { try TmpfsSpec.parse(text) }
    }
}

@Suite struct EnvironmentSpecTests {
    private func lookup(_ name: String) -> String? { name == "HOME" ? "/root" : nil }

    @Test func variables() throws {
        #expect(try EnvironmentSpec.parse("A=b=c", lookup) == "A=b=c")
        #expect(try EnvironmentSpec.parse("HOME", lookup) == "HOME=/root")
        #expect(try EnvironmentSpec.parse("NONE", lookup) == nil)
        #expect(throws: InvalidInput("invalid environment variable: =x")) { try EnvironmentSpec.parse("=x", lookup) }
    }

    @Test func files() throws {
        let text = "\u{feff}# comment\n\nA=1\n  B=two words \r\nHOME\nNONE\n"
        #expect(
            try EnvironmentSpec.parseFile(Array(text.utf8), name: "f", lookup) == ["A=1", "B=two words ", "HOME=/root"])
        #expect(throws: InvalidInput("poorly formatted environment: variable 'A B' contains whitespaces")) {
            try EnvironmentSpec.parseFile(Array("A B=1".utf8), name: "f", lookup)
        }
        #expect(throws: InvalidInput("no variable name on line '=1'")) {
            try EnvironmentSpec.parseFile(Array("=1".utf8), name: "f", lookup)
        }
        #expect(throws: InvalidInput("f: invalid utf8 bytes at line 2")) {
            try EnvironmentSpec.parseFile([0x41, 0x0a, 0xff], name: "f", lookup)
        }
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        ("512m", 536_870_912), ("1.5g", 1_610_612_736), ("10b", 10), ("100", 100), ("64KiB", 65536), ("2 kb", 2048),
    ])
    func sizes(_ text: String, _ bytes: Int64) { #expect(ByteSize.parse(text) == bytes) }

    @Test(arguments: ["", "m", "5x", "-1", "1.2.3", "5bb", "99999999p", "."])
    func noSizes(_ text: String) { #expect(ByteSize.parse(text) == nil) }

    @Test func processors() throws {
        #expect(try CPUCount.parse("1.5") == 1_500_000_000)
        #expect(try CPUCount.parse(".25") == 250_000_000)
        #expect(try CPUCount.parse("2") == 2_000_000_000)
        #expect(throws: InvalidInput("value is too precise")) { try CPUCount.parse("0.0000000001") }
        #expect(throws: InvalidInput.self) { try CPUCount.parse("-1") }
        #expect(throws: InvalidInput.self) { try CPUCount.parse(".") }
    }

    @Test func durations() {
        #expect(DurationSpec.nanoseconds("1h30m") == 5_400_000_000_000)
        #expect(DurationSpec.nanoseconds("1.5s") == 1_500_000_000)
        #expect(DurationSpec.nanoseconds("10") == nil)
        #expect(DurationSpec.nanoseconds("ms") == nil)
    }

    @Test func times() throws {
        let now = Timestamp("2026-03-01T12:00:00Z")!
        func parse(_ text: String) throws -> String { try TimeSpec.parse(text, now: now) { _ in 3600 }.description }
        #expect(try parse("10m") == "2026-03-01T11:50:00.000000000Z")
        #expect(try parse("2026-01-31T12:00:00Z") == "2026-01-31T12:00:00.000000000Z")
        #expect(try parse("2026-01-31") == "2026-01-30T23:00:00.000000000Z")
        #expect(try parse("2026-01-31T12") == "2026-01-31T11:00:00.000000000Z")
        #expect(try parse("1136073845.5") == "2006-01-01T00:04:05.500000000Z")
        #expect(throws: InvalidInput.self) { try parse("yesterday") }
    }

    @Test func signals() throws {
        #expect(try SignalName.parse("term") == "SIGTERM")
        #expect(try SignalName.parse("SIGRTMIN+3") == "SIGRTMIN+3")
        #expect(try SignalName.parse("9") == "9")
        #expect(throws: InvalidInput("invalid signal: FROB")) { try SignalName.parse("FROB") }
        #expect(throws: InvalidInput.self) { try SignalName.parse("65") }
    }

    @Test func hosts() throws {
        #expect(try HostEntry.parse("db:10.0.0.1") == "db:10.0.0.1")
        #expect(try HostEntry.parse("db=[::1]") == "db:::1")
        #expect(try HostEntry.parse("me:host-gateway") == "me:host-gateway")
        #expect(throws: InvalidInput.self) { try HostEntry.parse("db:nowhere") }
    }

    @Test func security() throws {
        var options = SecurityOptions()
        try SecuritySpec.apply("no-new-privileges", to: &options)
        try SecuritySpec.apply("seccomp=unconfined", to: &options)
        try SecuritySpec.apply("systempaths=unconfined", to: &options)
        #expect(options.noNewPrivileges == true && options.seccompProfile == "unconfined")
        #expect(options.unmaskSystemPaths == true)
        #expect(throws: InvalidInput.self) { try SecuritySpec.apply("frob", to: &options) }
        #expect(throws: InvalidInput("opening seccomp profile (/nowhere) failed: No such file or directory")) {
            try SecuritySpec.apply("seccomp=/nowhere", to: &options)
        }
    }
}
