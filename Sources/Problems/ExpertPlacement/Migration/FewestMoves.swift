/// A layer that stays as close to the current placement as its rules allow.
///
/// Each expert that keeps one of its replicas needs no move, each other one needs exactly one. The most
/// experts that can keep a replica are a maximum matching of experts and slots (Kuhn 1955).
struct FewestMoves {
  /// The fewest moves of any placement in these slots, on whatever node.
  let needed: Int
  /// One replica of each expert, with the fewest moves; nil if some expert finds no slot on its node.
  let bare: Assignment?
  /// The same with all other current replicas for which there is room; nil as `bare`.
  let filled: Assignment?

  /// Keeps what can be kept of the current placement, and finds slots for the rest.
  init(_ problem: LayerProblem, current: Assignment) {
    needed = problem.experts - Self.kept(problem, current) { _, _ in true }.count { $0 >= 0 }
    var places = Self.kept(problem, current) { problem.allows($0, on: $1) }
    var free = problem.slots
    for device in places where device >= 0 { free[device] -= 1 }
    // Experts that must stay on a node choose first.
    let isHomed = (0..<problem.experts).map { $0 < problem.home.count && problem.home[$0] >= 0 }
    for expert in isHomed.indices.filter({ isHomed[$0] }) + isHomed.indices.filter({ !isHomed[$0] })
    where places[expert] < 0 {
      let open = free.indices.filter { free[$0] > 0 && problem.allows(expert, on: $0) }
      guard let device = open.max(by: { (free[$0], $1) < (free[$1], $0) }) else {
        bare = nil
        filled = nil
        return
      }
      places[expert] = device
      free[device] -= 1
    }
    var devices = [[Int]](repeating: [], count: problem.devices)
    for (expert, device) in places.enumerated() { devices[device].append(expert) }
    bare = Assignment(devices: devices)
    var counts = [Int](repeating: 1, count: problem.experts)
    var left = problem.replicaLimit - problem.experts
    for (device, list) in current.devices.enumerated() {
      for expert in list
      where left > 0 && free[device] > 0 && places[expert] != device
        && counts[expert] < problem.maximumReplicas && problem.allows(expert, on: device)
      {
        devices[device].append(expert)
        free[device] -= 1
        counts[expert] += 1
        left -= 1
      }
    }
    filled = Assignment(devices: devices)
  }

  /// Returns the device on which each expert keeps a replica, -1 for none, for as many as possible.
  private static func kept(
    _ problem: LayerProblem, _ current: Assignment, allows: (Int, Int) -> Bool
  ) -> [Int] {
    var holders = [[Int]](repeating: [], count: problem.experts)
    for (device, list) in current.devices.enumerated() {
      for expert in list where allows(expert, device) { holders[expert].append(device) }
    }
    var places = [Int](repeating: -1, count: problem.experts)
    var tenants = [[Int]](repeating: [], count: problem.devices)
    for expert in 0..<problem.experts {
      // The shortest chain of experts, each of which takes the place of the next.
      var cameFrom = [Int?](repeating: nil, count: problem.devices)
      var queue = [expert]
      var next = 0
      var end: Int?
      while end == nil, next < queue.count {
        let guest = queue[next]
        next += 1
        for device in holders[guest] where end == nil && cameFrom[device] == nil {
          cameFrom[device] = guest
          if tenants[device].count < problem.slots[device] { end = device }
          queue += tenants[device]
        }
      }
      while let device = end, let guest = cameFrom[device] {
        let old = places[guest]
        if old >= 0 { tenants[old].removeAll { $0 == guest } }
        tenants[device].append(guest)
        places[guest] = device
        end = old >= 0 ? old : nil
      }
    }
    return places
  }
}
