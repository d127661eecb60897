import ArgumentParser
import Collectors
import Profiles

/// The NVMe drive below the host of the device that a profile is for.
struct NVMeOptions: ParsableArguments {
  @Option(
    name: .customLong("nvme"),
    help: "An NVMe drive of the catalogue below the device's host; see `planner collect devices`.")
  var name: String?

  @Option(
    name: .customLong("nvme-gbps"),
    help: "Another rate of the NVMe drive, each way, in 10⁹ bytes per second.",
    transform: DecimalArgument.value)
  var rate: Double?

  @Option(
    name: .customLong("nvme-memory"),
    help: "How much of the NVMe drive plans may use: 2TiB, 500GiB, or bytes. Default: all of it.")
  var memory: BudgetArgument?

  func validate() throws {
    if let rate, !(1e-3...1e6).contains(rate) {
      throw ValidationError("--nvme-gbps takes a rate in 10⁹ bytes per second, such as 6")
    }
    if case .share = memory {
      throw ValidationError("--nvme-memory takes an amount such as 2TiB, not a share")
    }
    if name == nil && (rate != nil || memory != nil) {
      throw ValidationError("--nvme-gbps and --nvme-memory change a drive; give --nvme too")
    }
  }

  /// Puts the drive below the host of a device, if one was named.
  func attach(to device: inout Device, _ catalogue: DeviceCatalogue) throws(CollectorError) {
    guard let name else { return }
    try catalogue.drive(named: name).attach(to: &device, rate: rate)
    if case .bytes(let bytes) = memory { device.nvmeMemoryBytes = bytes }
  }
}
