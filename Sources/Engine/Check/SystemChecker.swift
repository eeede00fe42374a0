import BerthAPI
import LinuxSystem
import Logging
import Supervisor

extension Engine {
    /// `berth doctor`.
    func check(_ request: SystemCheck) async -> SystemCheck.Result {
        let checks = checks(deep: request.deep == true)
        var findings: [CheckFinding] = []
        for (check, problems) in zip(checks, await Self.run(checks)) {
            for problem in problems {
                findings.append(request.repair == true ? await Self.mended(problem) : problem.finding)
            }
            logger.debug("check \(check.name): \(problems.count) findings")
        }
        return .init(checks: checks.map(\.name), findings: findings)
    }

    /// In the order in which they mend: what others stand on comes first.
    private func checks(deep: Bool) -> [any Check] {
        let (index, plugins) = (containers.index, supervisor)
        return [
            DatabaseCheck(store: store),
            PluginCheck(supervisor: supervisor, users: self.plugins, content: images.content),
            ContentCheck(images: images, deep: deep),
            ShimCheck(containers: containers, cgroupParent: configuration.cgroupParent),
            SnapshotCheck(containers: containers, images: images, plugins: plugins),
            ImageCheck(images: images, plugins: plugins),
            VolumeCheck(volumes: volumes, plugins: plugins),
            NetworkCheck(networks: networks, index: index, supervisor: supervisor),
            LogCheck(containers: containers, plugins: plugins),
            CgroupCheck(index: index, parent: configuration.cgroupParent),
            FolderCheck(containers: containers, configuration: configuration, logger: logger),
        ]
    }

    /// All at once. What is found is looked for a second time: an object that was just being made or removed is not
    /// found twice.
    private static func run(_ checks: [any Check]) async -> [[Problem]] {
        await withTaskGroup(of: (Int, [Problem]).self) { group in
            for (number, check) in checks.enumerated() {
                group.addTask { (number, await confirmed(check)) }
            }
            return await group.reduce(into: Array(repeating: [], count: checks.count)) { $0[$1.0] = $1.1 }
        }
    }

    private static func confirmed(_ check: any Check) async -> [Problem] {
        do {
            let first = Set(try await check.run().map(\.finding))
            if first.isEmpty { return [] }
            return try await check.run().filter { first.contains($0.finding) }
        } catch {
            return [check.notChecked(check.name, because: error)]
        }
    }

    private static func mended(_ problem: Problem) async -> CheckFinding {
        var finding = problem.finding
        guard let mend = problem.mend else { return finding }
        do {
            try await mend()
            finding.repaired = true
        } catch {
            finding.message += "; its repair failed: \(error)"
        }
        return finding
    }
}
