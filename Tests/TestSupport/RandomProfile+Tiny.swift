public import Profiles

extension RandomProfile {
  /// Returns an iteration of three to six operators with two to four movable tensors, so small that all
  /// its plans can be tried.
  ///
  /// At least one tensor lasts from one iteration to the next and is idle over the boundary. Copies take
  /// about as long as operators, and some links slow down while both directions are busy.
  ///
  /// - Parameter hasNVMe: Whether there is NVMe below the host, about as fast.
  public static func tiny(seed: UInt64, hasNVMe: Bool = false) -> Profile {
    var random = SeededGenerator(seed: seed ^ 0x7157)
    let mebibyte = 1_048_576
    func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    func size() -> Int { Int.random(in: 2...9, using: &random) * mebibyte }
    let count = Int.random(in: 3...6, using: &random)
    var tensors: [Tensor] = []
    var reads = [[String]](repeating: [], count: count)
    var writes = reads

    // A state that one or two operators use.
    let states = Int.random(in: 1...2, using: &random)
    for index in 0..<states {
      let id = "state\(index)"
      tensors.append(Tensor(id: id, bytes: size(), kind: .optimizerState))
      let first = Int.random(in: 0..<count, using: &random)
      let last = chance(0.5) ? first : Int.random(in: first..<count, using: &random)
      // Operators at both ends leave no gap over the boundary.
      let uses = first == 0 && last == count - 1 ? [last] : [first, last]
      for use in Set(uses) { reads[use].append(id) }
      if chance(0.5) { writes[last].append(id) }
    }
    for index in 0..<Int.random(in: 1...(4 - states), using: &random) {
      let id = "act\(index)"
      tensors.append(Tensor(id: id, bytes: size(), kind: .activation))
      let first = Int.random(in: 0..<(count - 1), using: &random)
      let last = Int.random(in: (first + 1)..<count, using: &random)
      writes[first].append(id)
      reads[last].append(id)
      // What the one before may be made from again.
      if index > 0, chance(0.5) { reads[first].append("act\(index - 1)") }
      if chance(0.3) { reads[Int.random(in: first..<last, using: &random) + 1].append(id) }
    }
    func link() -> Link {
      let rate = Double(Int.random(in: 3...12, using: &random))
      return Link(
        latencyMicroseconds: chance(0.3) ? Double(Int.random(in: 1...200, using: &random)) : 0,
        gbPerSecond: rate,
        duplexGBPerSecond: chance(0.5) ? rate * Double.random(in: 0.1...1, using: &random) : nil)
    }
    let operators = (0..<count).map { step in
      Operator(
        id: "op\(step)", phase: .forward,
        durationMicroseconds: Double(Int.random(in: 100...3000, using: &random)),
        reads: Set(reads[step]).sorted(), writes: writes[step],
        workspaceBytes: chance(0.6) ? size() : 0, isRecomputable: chance(0.7))
    }
    var device = Device(
      name: "test", memoryBytes: 1 << 30, hostToDevice: link(), deviceToHost: link())
    if hasNVMe { (device.hostToNVMe, device.nvmeToHost) = (link(), link()) }
    return Profile(
      name: "tiny-\(seed)", device: device,
      tensors: tensors, operators: operators)
  }
}
