import ContainerRuntime
import LinuxSystem

let invocation = CommandLine.arguments
let name = invocation.first ?? "berth-runtime"
if name.hasSuffix("docker-init") || name.hasSuffix("berth-init") {
    ContainerInit.run(Array(invocation.dropFirst()))
}
StandardStream.fillGaps()
endProcess(RuntimeCommandLine(invocation).run())
