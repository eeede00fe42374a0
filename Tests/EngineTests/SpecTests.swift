import BerthAPI
import JSON
import OCISpec
import SeccompFilter
import Testing

@testable import Engine

/// A request as its runtime is told of it.
@Suite struct SpecTests {
    private func builder(_ change: (inout ContainerConfig) -> Void) -> SpecBuilder {
        var config = ContainerConfig(image: "busybox")
        change(&config)
        var detail = ContainerDetail(
            id: String(repeating: "ab", count: 32), name: "web", createdAt: .zero, config: config, image: "busybox",
            imageID: "sha256:0", snapshotter: "s", logDriver: "none", directory: "/d")
        detail.arguments = ["true"]
        return SpecBuilder(
            record: ContainerRecord(detail: detail, parentSnapshot: ""),
            rootMounts: [Mount(type: "bind", source: "/r")], mounts: [], hostNetwork: false, cgroupParent: "/berth")
    }

    @Test func limits() throws {
        var limits = Resources()
        limits.memory = 64 << 20
        limits.nanoCPUs = 1_500_000_000
        limits.memorySwappiness = -1
        let resources = try RuntimeSpec.Resources(limits)
        // Unless said, as much swap as memory.
        #expect(resources.memory == .init(limit: 64 << 20, swap: 128 << 20))
        #expect(resources.cpu == .init(quota: 150_000, period: 100_000))
        limits.memorySwap = -1
        (limits.nanoCPUs, limits.cpuQuota) = (nil, -1)
        let unlimited = try RuntimeSpec.Resources(limits)
        #expect(unlimited.memory?.swap == -1 && unlimited.cpu == .init(quota: -1))
        #expect(try RuntimeSpec.Resources(Resources()) == RuntimeSpec.Resources())
        limits.memory = .max
        limits.memorySwap = 0
        #expect(try RuntimeSpec.Resources(limits).memory?.swap == .max)
    }

    @Test func namespacesThatAreShared() throws {
        let own = try builder { _ in }.build()
        let types = ["mount", "pid", "ipc", "uts", "cgroup", "network"]
        #expect(own.linux?.namespaces?.map(\.type) == types && own.hostname == "abababababab")
        let shared = try builder { config in
            config.namespaces = .with { ($0.pid, $0.ipc, $0.uts, $0.cgroup) = ("host", "host", "host", "host") }
        }.build()
        #expect(shared.linux?.namespaces?.map(\.type) == ["mount", "network"] && shared.hostname == nil)
        #expect(shared.mounts?.first { $0.destination == "/dev/shm" }?.source == "/dev/shm")
        let none = try builder { $0.namespaces = .with { $0.ipc = "none" } }.build()
        #expect(none.mounts?.contains { $0.destination == "/dev/shm" } == false)
    }

    @Test func privileged() throws {
        let spec = try builder { $0.security = .with { $0.privileged = true } }.build()
        #expect(spec.linux?.maskedPaths == [] && spec.linux?.readonlyPaths == [])
        #expect(spec.linux?.resources?.devices == [.init(allow: true, access: "rwm")])
        #expect(spec.mounts?.first { $0.destination == "/sys" }?.options?.contains("ro") == false)
        #expect(spec.linux?.devices?.contains { $0.path == "/dev/null" } == false)
    }

    @Test func protectedPaths() throws {
        let spec = try builder { config in
            config.security = .with { ($0.maskedPaths, $0.unmaskedPaths) = (["/x"], ["/proc/k*", "/proc/sys"]) }
        }.build()
        let masked = try #require(spec.linux?.maskedPaths)
        #expect(masked.contains("/x") && masked.contains("/proc/acpi") && !masked.contains("/proc/kcore"))
        #expect(spec.linux?.readonlyPaths?.contains("/proc/sys") == false)
        #expect(spec.linux?.readonlyPaths?.contains("/proc/irq") == true)
    }

    @Test func process() throws {
        let spec = try builder { config in
            config.groups = ["5", "wheel"]
            config.ulimits = [Ulimit(name: "nofile", soft: 5, hard: -1)]
            config.annotations = ["a": "b"]
            config.sysctls = ["net.ipv4.ip_unprivileged_port_start": "80"]
            config.sharedMemory = 1 << 20
        }.build()
        #expect(spec.process?.user?.additionalGids == [5])
        #expect(spec.annotations?[RuntimeAnnotation.groups] == "wheel" && spec.annotations?["a"] == "b")
        #expect(spec.process?.rlimits == [.init(type: "RLIMIT_NOFILE", soft: 5, hard: .max)])
        #expect(spec.linux?.sysctl?["net.ipv4.ip_unprivileged_port_start"] == "80")
        let memory = spec.mounts?.first { $0.destination == "/dev/shm" }?.options?.filter { $0.hasPrefix("size") }
        #expect(memory == ["size=1048576"])
    }

    /// A foreign runtime compiles the profile itself, and knows nothing of docker's format.
    @Test func seccompForAForeignRuntime() throws {
        let text = """
            {"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
               {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
               {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
             "syscalls": [
               {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
               {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
               {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_CHOWN"]}}]}
            """
        let given = try JSON(parsing: text).decode(SeccompProfile.self)
        let profile = SeccompFilter.decided(given, capabilities: ["CAP_CHOWN"])
        #expect(profile.syscalls?.map(\.names) == [["read"]] && profile.archMap == nil)
        #expect(profile.architectures?.count == 2)
        var builder = builder { _ in }
        builder.seccomp = .profile(profile)
        let spec = try builder.build()
        #expect(spec.linux?.seccomp?["defaultAction"]?.string == "SCMP_ACT_ERRNO")
        #expect(spec.annotations?[RuntimeAnnotation.seccompFilter] == nil)
    }
}
