public import Plans

extension SimulationResult {
  /// Returns what the last iteration keeps on the device as buffers for an allocator, one for each stretch.
  ///
  /// Times are samples of `memory`, counted from the beginning of the iteration. Iterations repeat, so what is on
  /// the device when the iteration begins and again when it ends, and was away between, is one buffer with a gap:
  /// it has to come back to the same place.
  ///
  /// - Parameter alignment: What offsets must be multiples of.
  public func buffers(alignment: Int = 1) -> [Buffer] {
    let begin = iterationSamples.last ?? 0
    let end = memory.count
    guard end > begin else { return [] }
    var found: [Buffer] = []
    var count: [String: Int] = [:]
    // The buffer that a tensor has when the iteration begins, by tensor.
    var early: [String: Int] = [:]
    for use in occupancy {
      let (first, last) = (max(use.fromSample, begin), min(use.toSample ?? end, end))
      guard first < last, use.bytes > 0 else { continue }
      let name = use.use.name
      if last == end, let index = early[name], found[index].upper < end {
        found[index].gaps.append(found[index].upper - begin..<first - begin)
        found[index].upper = end
        continue
      }
      if case .tensor = use.use, use.fromSample < begin || first == begin {
        early[name] = found.count
      }
      let number = count[name, default: 0]
      count[name] = number + 1
      found.append(
        Buffer(
          id: number == 0 ? name : "\(name)#\(number + 1)", lower: first, upper: last,
          size: use.bytes, alignment: alignment))
    }
    for index in found.indices {
      found[index].lower -= begin
      found[index].upper -= begin
    }
    return found
  }
}

extension Occupancy.Use {
  /// A name for the buffer.
  fileprivate var name: String {
    switch self {
    case .tensor(let tensor): tensor
    case .temporary(let tensor, let chain): "\(tensor) for \(chain.tensor)"
    case .encoded(let tensor): "\(tensor) encoded"
    case .workspace(let task) where task.kernel != nil:
      "workspace of \(task.chain?.tensor ?? task.operation)"
    case .workspace(let task): "workspace of \(task.operation)"
    }
  }
}
