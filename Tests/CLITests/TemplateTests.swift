import JSON
import Testing

@testable import BerthCLI

@Suite struct TemplateTests {
    private static let data: JSON = [
        "Name": "/web", "Count": 3, "Ratio": 1.5, "On": true, "Off": false, "Nothing": .null,
        "List": ["a", "b", "c"], "Empty": [],
        "State": ["Pid": 42, "Status": "running"],
        "Networks": ["bridge": ["IPAddress": "10.0.0.2"], "alt": ["IPAddress": "10.1.0.2"]],
        "Ports": ["80/tcp": [["HostIp": "0.0.0.0", "HostPort": "8080"]], "90/udp": .null],
        "Labels": ["a.b": "c"],
    ]

    private func render(_ text: String) throws -> String { try Template(text).render(Self.data) }

    private static let cases: [(template: String, expected: String)] = [
        ("plain", "plain"), ("{{.Name}}", "/web"), ("{{.State.Pid}}!", "42!"), ("{{ .On }}", "true"),
        ("{{.Nothing}}", "<no value>"), ("{{.List}}", "[a b c]"), ("{{.Labels}}", "map[a.b:c]"), ("{{.Ratio}}", "1.5"),
        ("{{json .List}}", #"["a","b","c"]"#), ("{{.State | json}}", #"{"Pid":42,"Status":"running"}"#),
        ("{{upper .State.Status}}", "RUNNING"), ("{{.Name | upper | lower}}", "/web"), ("{{title \"ab cd\"}}", "Ab Cd"),
        ("{{join .List \", \"}}", "a, b, c"), ("{{index (split \"a:b\" \":\") 1}}", "b"), ("{{len .List}}", "3"),
        ("{{index .Labels \"a.b\"}}", "c"), ("{{index .Labels \"none\"}}", ""),
        ("{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080"),
        (
            "{{index .Ports \"80/tcp\" 0 | json}}",
            #"{"HostIp":"0.0.0.0","HostPort":"8080"}"#
        ),
        ("{{if .On}}yes{{else}}no{{end}}", "yes"), ("{{if .Off}}yes{{else}}no{{end}}", "no"),
        ("{{if .Empty}}1{{else if .On}}2{{else}}3{{end}}", "2"), ("{{if and .On (gt .Count 2)}}ok{{end}}", "ok"),
        ("{{if eq .State.Status \"paused\" \"running\"}}ok{{end}}", "ok"), ("{{if not .Off}}ok{{end}}", "ok"),
        ("{{range .List}}<{{.}}>{{end}}", "<a><b><c>"), ("{{range .Empty}}x{{else}}none{{end}}", "none"),
        ("{{range $i, $e := .List}}{{$i}}{{$e}} {{end}}", "0a 1b 2c "),
        ("{{range $k, $v := .Networks}}{{$k}}={{$v.IPAddress}};{{end}}", "alt=10.1.0.2;bridge=10.0.0.2;"),
        ("{{range .Networks}}{{.IPAddress}} {{end}}", "10.1.0.2 10.0.0.2 "),
        ("{{range .List}}{{$.Count}}{{end}}", "333"), ("{{with .State}}{{.Pid}}{{end}}", "42"),
        ("{{with .Nothing}}x{{else}}y{{end}}", "y"), ("{{$x := .Count}}{{$x}}", "3"),
        ("{{$x := 1}}{{range .List}}{{$x = .}}{{end}}{{$x}}", "c"),
        ("a {{- /* note */ -}} b", "ab"), ("a {{- .Count -}} b", "a3b"), ("{{println .Count}}", "3\n"),
        ("{{printf \"%-5s|%5d|%q|%.1f|%%\" .Name .Count .Name .Ratio}}", "/web |    3|\"/web\"|1.5|%"),
        ("{{print .Count .Name}}", "3 /web"), ("{{slice .Name 1}}", "web"), ("{{.Networks.missing}}", "<no value>"),
        ("{{if .State.Health}}x{{end}}", ""), ("{{\"{{\"}}", "{{"), ("{{truncate .Name 2}}", "/w"),
    ]

    @Test(arguments: Self.cases.indices)
    func renders(_ index: Int) throws {
        #expect(try render(Self.cases[index].template) == Self.cases[index].expected)
    }

    @Test(arguments: [
        "{{", "{{.Name", "{{frob .Name}}", "{{if .On}}", "{{end}}", "{{else}}", "{{.Name | }}", "{{\"x}}",
        "{{range .Count}}{{end}}",
        "{{.Missing}}", "{{.Name .Count}}", "{{$x}}", "{{index .List 9}}", "{{len .Count}}", "{{(.Name}}",
        "{{lt .List 1}}",
        "{{printf}}", "{{1.2.3}}", "{{.Name ) }}", "{{&}}", "{{/* x}}",
    ])
    func refuses(_ text: String) { #expect(throws: TemplateError.self) { try render(text) } }

    @Test func depthIsBounded() {
        let deep = String(repeating: "(", count: 10_000)
        #expect(throws: TemplateError.self) { try render("{{" + deep + "}}") }
        #expect(throws: TemplateError.self) { try render(String(repeating: "{{if .On}}", count: 10_000)) }
    }
}
