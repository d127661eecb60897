extension LayerProblem {
  /// Returns expert after expert, device after device; free slots hold the experts again from 0.
  ///
  /// It may break rules: of groups, of moves, or of one replica of an expert on a device.
  func contiguous() -> Assignment {
    var next = 0
    var left = replicaLimit
    let lists = slots.map { room -> [Int] in
      let count = min(room, left)
      left -= count
      defer { next += count }
      return (next..<(next + count)).map { $0 % experts }
    }
    return LayerProblem.withoutDuplicates(lists)
  }

  /// Returns expert after expert, each on the next device that has room and may hold it.
  ///
  /// - Returns: Nil where an expert finds no device.
  func roundRobin() -> Assignment? {
    var lists = [[Int]](repeating: [], count: devices)
    var device = 0
    for replica in 0..<replicaLimit {
      let expert = replica % experts
      guard
        let step = (0..<devices).first(where: { step in
          let candidate = (device + step) % devices
          return lists[candidate].count < slots[candidate]
            && !lists[candidate].contains(expert) && allows(expert, on: candidate)
        })
      else {
        if replica < experts { return nil }
        continue
      }
      let chosen = (device + step) % devices
      lists[chosen].append(expert)
      device = (chosen + 1) % devices
    }
    return Assignment(devices: lists)
  }

  /// Returns replicas by waterfilling, then the heaviest to the lightest device that may hold it.
  ///
  /// - Returns: Nil where the rules leave an expert without a device.
  func greedy() -> Assignment? {
    let counts = home.isEmpty ? waterfill().counts : homeCounts()
    guard let counts else { return nil }
    let order = (0..<experts).sorted {
      let (first, second) = (largestWeight($0, counts[$0]), largestWeight($1, counts[$1]))
      return first != second ? first > second : $0 < $1
    }
    if let packed = pack(order.flatMap { Array(repeating: $0, count: counts[$0]) }, counts) {
      return packed
    }
    // Slots ran out for the light ones: a first replica of every expert before any second one.
    let rounds = (0..<(counts.max() ?? 1)).flatMap { round in
      order.filter { counts[$0] > round }
    }
    return pack(rounds, counts)
  }

  /// Puts replicas one by one on the device that is lightest with it.
  ///
  /// - Returns: Nil if an expert finds no device.
  private func pack(_ replicas: [Int], _ counts: [Int]) -> Assignment? {
    var lists = [[Int]](repeating: [], count: devices)
    var loads = [Double](repeating: 0, count: devices * scenarios)
    var isPlaced = [Bool](repeating: false, count: experts)
    for expert in replicas {
      var best: (load: Double, device: Int)?
      for device in 0..<devices
      where lists[device].count < slots[device] && allows(expert, on: device)
        && !lists[device].contains(expert)
      {
        var load = 0.0
        for scenario in 0..<scenarios {
          let sum = loads[device * scenarios + scenario] + weight(expert, counts[expert], scenario)
          load = max(load, sum * slowness[device])
        }
        if best.map({ load < $0.load }) ?? true { best = (load, device) }
      }
      guard let device = best?.device else { continue }
      lists[device].append(expert)
      isPlaced[expert] = true
      for scenario in 0..<scenarios {
        loads[device * scenarios + scenario] += weight(expert, counts[expert], scenario)
      }
    }
    return isPlaced.allSatisfy { $0 } ? Assignment(devices: lists) : nil
  }

  /// Returns the counts of waterfilling on each node by itself; nil if a node is too small.
  private func homeCounts() -> [Int]? {
    var counts = [Int](repeating: 1, count: experts)
    let nodes = (nodeOfDevice.max() ?? 0) + 1
    var room = [Int](repeating: 0, count: nodes)
    var width = [Int](repeating: 0, count: nodes)
    for device in 0..<devices {
      room[nodeOfDevice[device]] += slots[device]
      width[nodeOfDevice[device]] += slots[device] > 0 ? 1 : 0
    }
    for expert in 0..<experts { room[home[expert]] -= 1 }
    guard room.allSatisfy({ $0 >= 0 }) else { return nil }
    var left = replicaLimit - experts
    while left > 0 {
      var best: (weight: Double, expert: Int)?
      for expert in 0..<experts
      where room[home[expert]] > 0 && counts[expert] < min(maximumReplicas, width[home[expert]]) {
        let weight = largestWeight(expert, counts[expert])
        if best.map({ weight > $0.weight }) ?? true { best = (weight, expert) }
      }
      guard let best else { break }
      counts[best.expert] += 1
      room[home[best.expert]] -= 1
      left -= 1
    }
    return counts
  }

  /// Returns an assignment without second replicas on one device, which EPLB may make.
  static func withoutDuplicates(_ devices: [[Int]]) -> Assignment {
    Assignment(
      devices: devices.map { list in
        var seen: Set<Int> = []
        return list.filter { seen.insert($0).inserted }
      })
  }
}
