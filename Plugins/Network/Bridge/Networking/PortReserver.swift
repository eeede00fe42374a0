import BerthAPI
import LinuxSystem

/// Takes host ports for an endpoint: all of them, or none.
enum PortReserver {
    static func reserve(
        _ demands: [PortDemand], target: IPv4Address, isOurs: (PortProtocol, UInt16) -> String?
    ) throws(BerthError) -> [PublishedPort: PortReservation] {
        var taken: [PublishedPort: PortReservation] = [:]
        taken.reserveCapacity(demands.count)
        for demand in demands {
            let reservation = try reserve(demand, isOurs: isOurs)
            let port = PublishedPort(
                transport: demand.transport, hostAddress: demand.hostAddress, hostPort: reservation.port,
                target: target, targetPort: demand.containerPort)
            taken[port] = reservation
        }
        return taken
    }

    /// Takes the first candidate that is free.
    private static func reserve(
        _ demand: PortDemand, isOurs: (PortProtocol, UInt16) -> String?
    ) throws(BerthError) -> PortReservation {
        for port in demand.hostPorts {
            do throws(SystemError) {
                return try PortReservation(demand.transport, demand.hostAddress, port: port)
            } catch {
                guard error.errno == .addressInUse else { throw refusal(error, demand, port) }
                if port == demand.hostPorts.upperBound { throw inUse(demand, isOurs) }
            }
        }
        throw inUse(demand, isOurs)
    }

    private static func inUse(_ demand: PortDemand, _ isOurs: (PortProtocol, UInt16) -> String?) -> BerthError {
        let (first, last) = (demand.hostPorts.lowerBound, demand.hostPorts.upperBound)
        let place = "\(demand.transport.rawValue) on \(demand.hostAddress)"
        guard first == last else {
            return BerthError(.conflict, "all ports \(first)-\(last)/\(place) are already in use", object: "port")
        }
        let owner = isOurs(demand.transport, first)
        return BerthError(
            .conflict, "port \(first)/\(place) is already in use",
            object: owner.map { "endpoint \($0)" } ?? "port \(first)/\(demand.transport.rawValue)",
            hint: "choose another host port, or stop what uses this one")
    }

    private static func refusal(_ error: SystemError, _ demand: PortDemand, _ port: UInt16) -> BerthError {
        let place = "\(port)/\(demand.transport.rawValue) on \(demand.hostAddress)"
        switch error.errno {
        case .addressNotAvailable:
            return BerthError(
                .invalidArgument, "the host has no address \(demand.hostAddress) to publish port \(port) on")
        case .accessDenied: return BerthError(.permissionDenied, "port \(place) may not be published: \(error.errno)")
        case .tooManyOpenFiles:
            return BerthError(
                .resourceExhausted, "too many ports are published: the plugin has no open files left for \(place)",
                hint: "raise LimitNOFILE of the daemon")
        default: return BerthError(.internal, "port \(place) could not be reserved: \(error.errno)")
        }
    }
}
