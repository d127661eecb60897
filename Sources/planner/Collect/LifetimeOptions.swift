import ArgumentParser
import Collectors

/// Where the buffers' lifetimes go.
struct LifetimeOptions: ParsableArguments {
  @Option(
    name: .customLong("csv"),
    help: "Also write each buffer's lifetime to this file: id,lower,upper,size.")
  var table: String?

  /// Writes the table if a file was named.
  func write(_ lifetimes: LifetimeTable?) throws {
    guard let table, let lifetimes else { return }
    try Inputs.write(Array(lifetimes.csv.utf8), to: table)
  }
}
