import ArgumentParser
import BerthAPI

/// Limits of block devices.
struct BlockIOOptions: ParsableArguments {
    @Option(
        name: .customLong("blkio-weight"), parsing: .unconditional,
        help: ArgumentHelp("Block IO (relative weight), between 10 and 1000, or 0 to disable", valueName: "weight"))
    var weight: UInt16?
    @Option(
        name: .customLong("blkio-weight-device"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Block IO weight (relative device weight)", valueName: "path:weight"))
    var deviceWeights: [String] = []
    @Option(
        name: .customLong("device-read-bps"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Limit read rate (bytes per second) from a device", valueName: "path:rate"))
    var readRates: [String] = []
    @Option(
        name: .customLong("device-write-bps"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Limit write rate (bytes per second) to a device", valueName: "path:rate"))
    var writeRates: [String] = []
    @Option(
        name: .customLong("device-read-iops"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Limit read rate (IO per second) from a device", valueName: "path:rate"))
    var readOperations: [String] = []
    @Option(
        name: .customLong("device-write-iops"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Limit write rate (IO per second) to a device", valueName: "path:rate"))
    var writeOperations: [String] = []

    func apply(to resources: inout Resources) throws {
        resources.blockIOWeight = weight.map { Int($0) }
        resources.blockIOWeightDevices = try parseAll(
            deviceWeights, of: "--blkio-weight-device", DeviceRateSpec.parseWeight
        ).nonEmpty
        resources.deviceReadRates = try parseAll(readRates, of: "--device-read-bps", DeviceRateSpec.parseBytes).nonEmpty
        resources.deviceWriteRates = try parseAll(
            writeRates, of: "--device-write-bps", DeviceRateSpec.parseBytes
        ).nonEmpty
        resources.deviceReadOperations = try parseAll(
            readOperations, of: "--device-read-iops", DeviceRateSpec.parseOperations
        ).nonEmpty
        resources.deviceWriteOperations = try parseAll(
            writeOperations, of: "--device-write-iops", DeviceRateSpec.parseOperations
        ).nonEmpty
    }
}
