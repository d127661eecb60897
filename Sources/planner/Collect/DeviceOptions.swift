import ArgumentParser
import Collectors
import Profiles

/// The device that a profile is for.
struct DeviceOptions: ParsableArguments {
  @Option(help: "A device of the catalogue; see `planner collect devices`.")
  var device: String?

  @Option(
    name: .customLong("link-gbps"),
    help: "Another rate of the device's link to the host, each way, in 10⁹ bytes per second.")
  var linkRate: Double?

  @OptionGroup var catalogue: CatalogueOptions

  func validate() throws {
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
      try catalogue.device(named: name)
    }
    if let linkRate {
      device.hostToDevice = device.hostToDevice.map { link($0, rate: linkRate) }
      device.deviceToHost = device.deviceToHost.map { link($0, rate: linkRate) }
    }
    return device
  }

  /// A link of another rate; both directions at once slow down as they did.
  private func link(_ link: Link, rate: Double) -> Link {
    Link(
      latencyMicroseconds: link.latencyMicroseconds, gbPerSecond: rate,
      duplexGBPerSecond: link.duplexGBPerSecond == nil ? nil : rate * link.duplexFactor)
  }
}
