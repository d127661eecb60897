import ArgumentParser
import Collectors
import Profiles

struct CollectCSVCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Make a profile from two tables of your own.",
    discussion: """
      The first row names the columns, as the keys of a profile are called. Operators, in execution \
      order: id, duration_us; if wanted phase, reads, writes, workspace_bytes, flops, bytes_accessed, \
      recomputable. Tensors: id, bytes; if wanted kind, dtype, shape, persistent, movable, alias_of, \
      density. Several names in a field are separated by blanks or semicolons.

      Example: planner collect csv operators.csv tensors.csv --device A100-SXM4-80GB -o own.json
      """)

  @Argument(help: "The table of operators.")
  var operators: String

  @Argument(help: "The table of tensors.")
  var tensors: String

  @OptionGroup var device: DeviceOptions
  @OptionGroup var output: CollectOutput

  func run() throws {
    let files = try CollectOutput.files([operators, tensors])
    let collector = CSVCollector(device: try device.chosen())
    try output.write(of: files) { () throws(CollectorError) in
      try collector.collect(operators: files[0], tensors: files[1])
    }
  }
}
