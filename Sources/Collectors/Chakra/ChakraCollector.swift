public import Profiles

/// Turns a Chakra execution trace into a profile.
///
/// Operators are the nodes that run on the device, with their measured times; tensors come from the
/// inputs and outputs that PyTorch's execution traces carry. Traces without them give operators alone.
public struct ChakraCollector: Sendable {
  /// The device that the profile is for, if any.
  public let device: Device?

  /// Creates a collector.
  public init(device: Device? = nil) {
    self.device = device
  }

  /// Reads a trace and returns the profile of its device.
  ///
  /// - Throws: `CollectorError` with the byte or the node and the remedy.
  public func collect(_ file: SourceFile) throws(CollectorError) -> Profile {
    var iteration = ChakraIteration(file: file.name, nodes: try ChakraFile(file).nodes)
    try iteration.build()
    var findings = Findings()
    iteration.describe(&findings)
    return Profile(
      name: file.name,
      source: Profile.Source(collector: "chakra", file: file.name, notes: findings.notes),
      device: device, tensors: iteration.tracker.tensors(), operators: iteration.operators)
  }
}
