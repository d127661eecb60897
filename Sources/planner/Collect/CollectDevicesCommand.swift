import ArgumentParser
import Collectors
import Foundation
import Profiles

struct CollectDevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "List the devices of the catalogue.")

  @OptionGroup var options: CatalogueOptions

  func run() throws {
    let catalogue = try options.load()
    for name in catalogue.names {
      guard let device = catalogue.devices[name] else { continue }
      let memory = Double(device.memoryBytes) / 1_073_741_824
      let link = device.hostToDevice?.points.last?.gbPerSecond ?? 0
      try Console.write(
        name.padding(toLength: 20, withPad: " ", startingAt: 0)
          + String(format: "%6.0f GiB  %5.1f GB/s from the host\n", memory, link))
    }
    for name in catalogue.drives.keys.sorted() {
      guard let drive = catalogue.drives[name] else { continue }
      let rates = (drive.read.points.last?.gbPerSecond, drive.write.points.last?.gbPerSecond)
      try Console.write(
        name.padding(toLength: 20, withPad: " ", startingAt: 0)
          + String(
            format: "%6.0f GB   %5.1f GB/s to read, %.1f to write (NVMe)\n",
            Double(drive.memoryBytes) / 1e9, rates.0 ?? 0, rates.1 ?? 0))
    }
  }
}
