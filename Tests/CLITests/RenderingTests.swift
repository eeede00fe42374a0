import BerthAPI
import JSON
import Testing

@testable import BerthCLI

@Suite struct RenderingTests {
    @Test(
        arguments: [(Int64, String)]([
            (0, "0B"), (999, "999B"), (4_430_000, "4.43MB"), (117_400_000, "117MB"), (1_000_000, "1MB"),
            (72_849_123, "72.8MB"), (999_600, "1MB"), (1_200_000_000, "1.2GB"),
        ]))
    func sizes(_ bytes: Int64, _ text: String) { #expect(HumanSize.decimal(bytes) == text) }

    @Test func binarySizes() {
        #expect(HumanSize.binary(8_280_000_000) == "7.711GiB")
        #expect(HumanSize.binary(1024) == "1KiB")
    }

    @Test(
        arguments: [(Int64, String)]([
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (150, "2 minutes"),
            (3600, "About an hour"), (10_800, "3 hours"), (176_400, "2 days"), (1_296_000, "2 weeks"),
            (6_048_000, "2 months"), (69_120_000, "2 years"),
        ]))
    func durations(_ seconds: Int64, _ text: String) {
        #expect(HumanTime.duration(seconds * 1_000_000_000) == text)
    }

    @Test func tables() {
        var writer = TableWriter()
        writer.add("DRIVER\tVOLUME NAME")
        writer.add("local\tdata")
        writer.add("a-long-driver\tx")
        #expect(writer.render() == "DRIVER          VOLUME NAME\nlocal           data\na-long-driver   x\n")
    }

    @Test func portColumn() {
        func binding(_ address: String, _ host: Int, _ container: Int, _ proto: String = "tcp") -> PortBinding {
            PortBinding(hostAddress: address, hostPort: host, containerPort: container, proto: proto)
        }
        let one = PortColumn.text([binding("0.0.0.0", 8080, 80)], exposed: ["80/tcp", "443/tcp"])
        #expect(one == "443/tcp, 0.0.0.0:8080->80/tcp")
        let three = [binding("", 8001, 81), binding("", 8000, 80), binding("::", 8000, 80)]
        #expect(PortColumn.text(three, exposed: []) == "0.0.0.0:8000-8001->80-81/tcp, [::]:8000->80/tcp")
        #expect(PortColumn.text([], exposed: ["53/udp", "54/udp"]) == "53-54/udp")
    }

    private static let now = Timestamp("2026-01-01T00:10:00Z")!

    private static var containers: [ContainerRow] {
        var config = ContainerConfig(image: "busybox")
        config.labels = ["a": "b"]
        var detail = ContainerDetail(
            id: String(repeating: "0123456789abcdef", count: 4), name: "web",
            createdAt: Timestamp("2026-01-01T00:05:00Z")!,
            config: config, image: "busybox", imageID: "sha256:00", snapshotter: "overlay", logDriver: "json-file",
            directory: "/x")
        detail.arguments = ["httpd", "-f", "-p", "8080", "-h", "/www"]
        detail.labels = ["a": "b"]
        detail.state = ContainerState(status: .exited)
        detail.state.exitCode = 3
        detail.state.finishedAt = Timestamp("2026-01-01T00:09:55Z")
        return [ContainerRow(container: ContainerSummary(detail))]
    }

    private func render(format: String? = nil, quiet: Bool = false, noTrunc: Bool = false) throws -> String {
        try Listing.render(
            Self.containers, ListStyle(format: format, quiet: quiet, noTrunc: noTrunc, now: Self.now))
    }

    @Test func table() throws {
        let expected = """
            CONTAINER ID   IMAGE     COMMAND                  CREATED         STATUS                     PORTS     NAMES
            0123456789ab   busybox   "httpd -f -p 8080 -h…"   5 minutes ago   Exited (3) 5 seconds ago             web

            """
        #expect(try render() == expected)
    }

    @Test func otherFormats() throws {
        #expect(try render(quiet: true) == "0123456789ab\n")
        #expect(try render(quiet: true, noTrunc: true) == String(repeating: "0123456789abcdef", count: 4) + "\n")
        #expect(try render(format: "{{.Names}}: {{.Label \"a\"}}") == "web: b\n")
        #expect(try render(format: #"table {{.ID}}\t{{.Names}}"#) == "CONTAINER ID   NAMES\n0123456789ab   web\n")
        let json = try JSON(parsing: try render(format: "json"))
        #expect(json["State"]?.string == "exited" && json["Names"]?.string == "web")
        #expect(throws: TemplateError.self) { try render(format: "{{.Frob}}") }
    }

    @Test func imagesWithAndWithoutNames() throws {
        let named = ImageSummary(
            id: "sha256:" + String(repeating: "ab", count: 32), references: ["localhost:5000/web:1", "web:latest"],
            digests: ["web@sha256:11"], createdAt: nil, size: 4_430_000, labels: [:], containers: 0)
        var dangling = named
        dangling.references = []
        dangling.digests = []
        let rows = ImageRow.rows(named) + ImageRow.rows(dangling)
        #expect(rows.map(\.repository) == ["localhost:5000/web", "web", "<none>"])
        #expect(rows.map(\.tag) == ["1", "latest", "<none>"])
        #expect(rows.map(\.digest) == ["<none>", "sha256:11", "<none>"])
        let text = try Listing.render([rows[0]], ListStyle(now: Self.now))
        #expect(
            text == "REPOSITORY           TAG       IMAGE ID       CREATED   SIZE\n"
                + "localhost:5000/web   1         abababababab   N/A       4.43MB\n")
    }

    @Test func progressLines() {
        let progress = TransferProgress(
            object: "sha256:0123456789abcdef", phase: .downloading, current: 500_000, total: 1_000_000)
        let line = LayerProgress(progress)
        #expect(line.text(columns: 120).contains("[=========================>"))
        for columns in [5, 20, 40, 60, 80, 200] { #expect(line.text(columns: columns).count <= columns) }
        #expect(
            LayerProgress(TransferProgress(object: "sha256:00", phase: .done)).text(columns: 80) == "00: Pull complete")
    }

    @Test func prettyJSON() {
        #expect(
            PrettyJSON.text(["a": [], "b": [1, "x"], "c": [:]])
                == "{\n    \"a\": [],\n    \"b\": [\n        1,\n        \"x\"\n    ],\n    \"c\": {}\n}")
    }
}
