import ArgumentParser
import Collectors
import Profiles

/// The device that a profile is for.
struct DeviceOptions: ParsableArguments {
  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device: String?

  @Option(
    name: .customLong("link-gbps"),
    help: "Another rate of the device's link to the host, each way, in 10⁹ bytes per second.",
    transform: DecimalArgument.value)
  var linkRate: Double?

  @OptionGroup var nvme: NVMeOptions

  @OptionGroup var catalogue: CatalogueOptions

  func validate() throws {
    if nvme.name != nil && device == nil {
      throw ValidationError("--nvme adds a drive to a device; give --device too")
    }
    guard let linkRate else { return }
    guard (1e-3...1e6).contains(linkRate) else {
      throw ValidationError("--link-gbps takes a rate in 10⁹ bytes per second, such as 12")
    }
    if device == nil { throw ValidationError("--link-gbps changes a device; give --device too") }
  }

  /// Returns the device, if one was named.
  func chosen() throws -> Device? {
    guard let name = device else { return nil }
    let catalogue = try catalogue.load()
    var device = try CollectOutput.asInput { () throws(CollectorError) in
      var device = try catalogue.device(named: name)
      try nvme.attach(to: &device, catalogue)
      return device
    }
    if let linkRate { device = device.withLinks(gbPerSecond: linkRate) }
    return device
  }
}

extension Device {
  /// The device with links to the host of another rate; both directions at once slow down as they did.
  func withLinks(gbPerSecond rate: Double) -> Device {
    func changed(_ link: Link) -> Link {
      Link(
        latencyMicroseconds: link.latencyMicroseconds, gbPerSecond: rate,
        duplexGBPerSecond: link.duplexGBPerSecond == nil ? nil : rate * link.duplexFactor)
    }
    var device = self
    device.hostToDevice = hostToDevice.map(changed)
    device.deviceToHost = deviceToHost.map(changed)
    return device
  }
}
