import Testing

@testable import DistributionClient

@Suite struct AuthorizationTests {
    @Test(arguments: [
        (
            #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
            [
                Challenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth.docker.io/token", "service": "registry.docker.io",
                        "scope": "repository:a/b:pull,push",
                    ])
            ]
        ),
        (#"Basic realm="a \"quoted\" one""#, [Challenge(scheme: "basic", parameters: ["realm": "a \"quoted\" one"])]),
        (
            #"Negotiate, Basic realm=x , Bearer realm = "y""#,
            [
                Challenge(scheme: "negotiate", parameters: [:]), Challenge(scheme: "basic", parameters: ["realm": "x"]),
                Challenge(scheme: "bearer", parameters: ["realm": "y"]),
            ]
        ),
        ("", []),
        (#"Bearer realm="open"#, [Challenge(scheme: "bearer", parameters: [:])]),
        ("=,=\"", []),
    ])
    func readsChallenges(_ header: String, expected: [Challenge]) {
        #expect(Challenge.parse([header]) == expected)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func encodesBase64(_ text: String, expected: String) {
        #expect(Encoding.base64(Array(text.utf8)) == expected)
    }

    @Test func encodesQueries() {
        #expect(Encoding.adding("a", "x y/é", to: "http://h/p") == "http://h/p?a=x%20y%2F%C3%A9")
        #expect(Encoding.adding("a", "1", to: "http://h/p?b=2") == "http://h/p?b=2&a=1")
    }

    @Test func tellsOriginsApart() {
        #expect(Origin("https://Host/a") == Origin("https://host:443/b?c"))
        #expect(Origin("http://host") != Origin("https://host"))
        #expect(Origin("http://host:80") != Origin("http://host:81"))
        #expect(Origin("http://[::1]:5000/x")?.port == 5000)
        #expect(Origin("http://[::1]/x")?.isLoopback == true)
        for text in ["file:///x", "http://user:pw@host/", "host/path", "http:///x", "http://good\\@evil/"] {
            #expect(Origin(text) == nil)
        }
    }
}
