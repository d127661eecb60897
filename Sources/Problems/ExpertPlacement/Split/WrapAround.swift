extension LayerProblem {
  /// Fills device after device to the mean, and cuts the expert that doesn't fit in any more
  /// (McNaughton's rule), so that every device carries the mean.
  ///
  /// Each device but the last adds at most one cut, so with as many redundant slots as devices less
  /// one it can always work but for slot limits: each device takes about as many pieces as are left for
  /// each, heavy ones as long as light ones fill the rest.
  ///
  /// - Returns: Nil for several scenarios or other rules, and where slots run out on a device.
  func wrapAround() -> SharedAssignment? {
    guard scenarios == 1, home.isEmpty, moveLimit == nil, !isEmpty(0) else { return nil }
    // Ascending by weight; a cut expert is finished before any other.
    var waiting = (0..<experts).map { (weight: weight($0, 1, 0), expert: $0) }
    waiting.sort { $0.weight != $1.weight ? $0.weight < $1.weight : $0.expert < $1.expert }
    var lists = [[Int]](repeating: [], count: devices)
    var carried = [[Double]](repeating: [], count: devices)
    var cut: (weight: Double, expert: Int)?
    for device in 0..<devices {
      var capacity = 1 / slowness[device]
      func put(_ expert: Int, _ amount: Double) {
        lists[device].append(expert)
        carried[device].append(amount)
        capacity -= amount
      }
      if let piece = cut {
        if slots[device] == 0 { return nil }
        let amount = min(piece.weight, capacity)
        put(piece.expert, amount)
        cut = piece.weight - amount > 1e-9 ? (piece.weight - amount, piece.expert) : nil
        if cut != nil { continue }
      }
      if device == devices - 1 {
        for item in waiting { put(item.expert, item.weight) }
        break
      }
      let laterRoom = slots[(device + 1)...].reduce(0, +)
      let later = devices - device - 1
      // So many experts must start here, or the later devices have no slots for them and their cuts.
      let share = (waiting.count + later) / (later + 1)
      let least = max(share, waiting.count + later - laterRoom)
      var pieces = min(slots[device] - lists[device].count, max(1, least))
      while pieces > 1, !waiting.isEmpty {
        // The heaviest that leaves room for as many of the lightest as are still to come.
        let rest = waiting.prefix(pieces - 2).reduce(0.0) { $0 + $1.weight }
        guard
          let index = waiting.indices.last(where: {
            $0 >= min(pieces - 2, waiting.count - 1) && waiting[$0].weight + rest < capacity
          })
        else { break }
        let item = waiting.remove(at: index)
        put(item.expert, item.weight)
        pieces -= 1
      }
      guard capacity > 1e-9 else { continue }
      while lists[device].count < slots[device], capacity > 1e-9, !waiting.isEmpty {
        // The lightest that fills the device; else the heaviest, and on.
        let index = waiting.firstIndex { $0.weight >= capacity } ?? waiting.count - 1
        let item = waiting.remove(at: index)
        let amount = min(item.weight, capacity)
        put(item.expert, amount)
        if item.weight - amount > 1e-9 { cut = (item.weight - amount, item.expert) }
      }
      if capacity > 1e-9 { return nil }
    }
    guard cut == nil else { return nil }
    let assignment = Assignment(devices: lists)
    guard accepts(assignment) else { return nil }
    return SharedAssignment(assignment, carried: [carried], experts: experts)
  }
}
