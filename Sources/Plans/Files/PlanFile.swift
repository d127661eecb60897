import Profiles

/// Reads the file of a plan of one kind: what all kinds have in common.
enum PlanFile {
  /// Reads a file, plain or compressed with gzip.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - kind: The problem that the plan must be for; nil leaves that to `decode`.
  ///   - decode: Turns the tree into a plan; faults go to the reader.
  ///   - check: Adds what can be told without the profile; called if nothing else is wrong.
  static func read<Decoded>(
    contentsOf path: String, as kind: PlanKind?,
    decode: (inout JSONReader, JSON) -> Decoded?, check: (Decoded, inout FaultList) -> Void
  ) throws(PlanError) -> Decoded {
    let content: [UInt8]
    do {
      content = try InputFile.read(path)
    } catch {
      throw PlanError(file: path, faults: [error])
    }
    return try parse(content, name: path, as: kind, decode: decode, check: check)
  }

  /// Reads bytes, plain or compressed with gzip, as `read(contentsOf:as:decode:check:)` does.
  static func read<Decoded>(
    _ bytes: [UInt8], name: String, as kind: PlanKind?,
    decode: (inout JSONReader, JSON) -> Decoded?, check: (Decoded, inout FaultList) -> Void
  ) throws(PlanError) -> Decoded {
    let content: [UInt8]
    do {
      content = try InputFile.content(of: bytes)
    } catch {
      throw PlanError(file: name, faults: [error])
    }
    return try parse(content, name: name, as: kind, decode: decode, check: check)
  }

  private static func parse<Decoded>(
    _ content: [UInt8], name: String, as kind: PlanKind?,
    decode: (inout JSONReader, JSON) -> Decoded?, check: (Decoded, inout FaultList) -> Void
  ) throws(PlanError) -> Decoded {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(content)
    } catch {
      throw PlanError(file: name, faults: [error.fault])
    }
    if let fault = kind?.mismatch(tree) { throw PlanError(file: name, faults: [fault]) }
    var reader = JSONReader()
    let plan = decode(&reader, tree)
    if let plan, reader.faults.isEmpty { check(plan, &reader.faults) }
    guard let plan, reader.faults.isEmpty else {
      throw PlanError(file: name, faults: reader.faults.first, count: reader.faults.count)
    }
    return plan
  }
}
