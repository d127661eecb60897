import ArgumentParser

/// Options about an ONNX graph.
struct GraphOptions: ParsableArguments {
  @Option(
    name: .customLong("dim"),
    help: "The extent of a named dimension of an ONNX graph, as sequence=512.")
  var dimensions: [String] = []

  @Flag(
    help: "Cost operators of an ONNX graph that the collector doesn't know by the bytes they move.")
  var allowUnknown = false

  /// Returns the extents by name.
  func named() throws -> [String: Int] {
    var named: [String: Int] = [:]
    for text in dimensions {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let extent = Int(parts[1]), extent > 0 else {
        throw ValidationError("--dim takes NAME=EXTENT, such as sequence=512, not '\(text)'")
      }
      named[String(parts[0])] = extent
    }
    return named
  }
}
