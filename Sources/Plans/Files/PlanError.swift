public import Profiles

/// Why a plan could not be read.
public struct PlanError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file's name, as it was given.
  public let file: String
  /// The first ten faults.
  public let faults: [Fault]
  /// The number of all faults.
  public let count: Int

  /// Creates an error.
  public init(file: String, faults: [Fault], count: Int? = nil) {
    self.file = file
    self.faults = faults
    self.count = count ?? faults.count
  }

  /// The faults, one a line, each with the file's name.
  public var description: String {
    FaultList.message(file: file, faults: faults, count: count)
  }
}
