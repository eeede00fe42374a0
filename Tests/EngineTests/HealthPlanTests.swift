import BerthAPI
import JSON
import OCISpec
import Testing

@testable import Engine

/// What a request says of the health check, put together with what the image says.
@Suite struct HealthPlanTests {
    private static let image: JSON = [
        "Cmd": ["server"], "Shell": ["/bin/bash", "-c"],
        "Healthcheck": ["Test": ["CMD-SHELL", "curl localhost"], "Interval": 5_000_000_000, "Retries": 7],
    ]

    private static func plan(
        _ check: HealthCheck?, image: JSON = image, _ change: (inout ContainerConfig) -> Void = { _ in }
    ) throws -> ContainerPlan {
        var config = ContainerConfig(image: "web")
        config.healthCheck = check
        change(&config)
        var configuration = ImageConfiguration(os: "linux", architecture: "amd64", diffIDs: [])
        configuration.config = try image.decode(ImageConfiguration.Execution.self)
        return try ContainerPlan(config: config, image: configuration)
    }

    @Test func theImagesUnlessSaid() throws {
        let plan = try Self.plan(nil)
        #expect(try plan.probe() == ["/bin/bash", "-c", "curl localhost"])
        #expect(plan.healthCheck?.interval == 5_000_000_000)
        #expect(plan.healthCheck?.retries == 7)
    }

    @Test func eachPartCanBeSaid() throws {
        var check = HealthCheck()
        check.interval = 1_000_000
        check.onFailure = .kill
        let plan = try Self.plan(check)
        #expect(try plan.probe() == ["/bin/bash", "-c", "curl localhost"])
        #expect(plan.healthCheck?.interval == 1_000_000)
        #expect(plan.healthCheck?.retries == 7)
        #expect(plan.healthCheck?.onFailure == .kill)
        #expect(try Self.plan(HealthCheck(test: ["CMD", "/probe", "-x"])).probe() == ["/probe", "-x"])
    }

    @Test func noneIsNone() throws {
        #expect(try Self.plan(HealthCheck(test: ["NONE"])).probe() == nil)
        #expect(try Self.plan(nil, image: ["Cmd": ["x"], "Healthcheck": ["Test": ["NONE"]]]).probe() == nil)
        #expect(try Self.plan(nil, image: ["Cmd": ["x"]]).probe() == nil)
        // Without a command there is nothing to run.
        var check = HealthCheck()
        check.retries = 3
        #expect(try Self.plan(check, image: ["Cmd": ["x"]]).probe() == nil)
    }

    @Test(arguments: [
        (["FOO", "x"], "the health check is neither NONE nor a command"),
        (["CMD"], "the health check is neither NONE nor a command"),
        (["CMD-SHELL", ""], "the health check is neither NONE nor a command"),
    ])
    func oddTests(_ test: [String], _ reason: String) throws {
        let error = #expect(throws: BerthError.self) { try Self.plan(HealthCheck(test: test)) }
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        // An image is data: what it says wrong is said, and can be done without.
        let image: JSON = ["Cmd": ["x"], "Healthcheck": ["Test": .array(test.map { JSON($0) })]]
        #expect(throws: BerthError.self) { try Self.plan(nil, image: image) }
        #expect(try Self.plan(HealthCheck(test: ["NONE"]), image: image).probe() == nil)
    }

    @Test func timesThatCannotBeMeant() throws {
        let cases: [(WritableKeyPath<HealthCheck, Int64?>, String)] = [
            (\.interval, "Interval"), (\.timeout, "Timeout"), (\.startPeriod, "StartPeriod"),
            (\.startInterval, "StartInterval"),
        ]
        for (member, name) in cases {
            for value in [Int64(-1), 999_999] {
                var check = HealthCheck()
                check[keyPath: member] = value
                let error = #expect(throws: BerthError.self) { try Self.plan(check) }
                #expect(error?.message == "\(name) in Healthcheck cannot be less than 1ms")
            }
        }
        var check = HealthCheck()
        check.retries = -1
        let error = #expect(throws: BerthError.self) { try Self.plan(check) }
        #expect(error?.message == "Retries in Healthcheck cannot be negative")
    }

    @Test func removedAndRestartedAreNotBoth() throws {
        let error = #expect(throws: BerthError.self) {
            try Self.plan(nil) { config in
                config.autoRemove = true
                config.restartPolicy = RestartPolicy(.always)
            }
        }
        #expect(error?.message == "can't create 'AutoRemove' container with restart policy")
        var check = HealthCheck()
        check.onFailure = .restart
        #expect(throws: BerthError.self) { try Self.plan(check) { $0.autoRemove = true } }
        _ = try Self.plan(nil) { config in
            config.autoRemove = true
            config.restartPolicy = RestartPolicy(.no)
        }
    }
}
