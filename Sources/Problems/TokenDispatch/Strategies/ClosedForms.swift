import Profiles

/// Dispatches that need no solver.
struct ClosedForms {
  let instance: DispatchInstance
  /// The kind of topology; nil where the rate of a pair is unknown.
  let topology: Topology?
  private let rates: [[Double]]?

  init(_ instance: DispatchInstance) {
    self.instance = instance
    rates = instance.routes.isolatedRates()
    topology = rates.map(Topology.init(rates:))
  }

  /// Tokens in proportion to rates: `c_ij = r (1/β_ij) / Σ_j (1/β_ij)`, its columns repaired; nil where
  /// a rate is unknown.
  ///
  /// - Parameter isSmoothed: Whether β is the mean over the pairs that the kind of topology holds for
  ///   alike: all pairs, the pairs of one distance in a ring, the pairs of one level of a tree. What no
  ///   kind fits is left as it is.
  func proportional(isSmoothed: Bool) -> [Double]? {
    guard let rates, let topology else { return nil }
    let count = instance.deviceCount
    var betas = [Double](repeating: 0, count: count * count)
    let kinds = isSmoothed ? kinds(of: topology) : nil
    var sums: [Int: (beta: Double, pairs: Double)] = [:]
    for source in 0..<count {
      for target in 0..<count where target != source {
        betas[source * count + target] = 1 / rates[source][target]
        guard let kinds else { continue }
        let kind = kinds[source * count + target]
        let sum = sums[kind] ?? (0, 0)
        sums[kind] = (sum.beta + 1 / rates[source][target], sum.pairs + 1)
      }
    }
    if let kinds {
      let means = sums.mapValues { $0.beta / $0.pairs }
      for index in betas.indices where index / count != index % count {
        betas[index] = means[kinds[index]] ?? betas[index]
      }
    }
    for device in 0..<count {
      betas[device * count + device] =
        1 / (instance.routes.localRate(of: device) ?? DispatchInstance.assumedLocalRate)
    }
    if topology.kind == .homogeneous && isSmoothed { return instance.even }
    return balanced(betas.map { 1 / $0 })
  }

  /// The kind of each pair; nil where the topology has none.
  private func kinds(of topology: Topology) -> [Int]? {
    let count = instance.deviceCount
    switch topology.kind {
    case .homogeneous: return [Int](repeating: 0, count: count * count)
    case .ring:
      var place = [Int](repeating: 0, count: count)
      for (index, device) in topology.ring.enumerated() { place[device] = index }
      return (0..<count * count).map { pair in
        let distance = abs(place[pair / count] - place[pair % count])
        return min(distance, count - distance)
      }
    case .symmetricTree, .asymmetricTree:
      let groups = topology.bands.map { band in
        var group = [Int](repeating: 0, count: count)
        for (index, members) in band.groups.enumerated() {
          for member in members { group[member] = index }
        }
        return group
      }
      return (0..<count * count).map { pair in
        groups.firstIndex { $0[pair / count] == $0[pair % count] } ?? groups.count
      }
    case .general: return nil
    }
  }

  /// The dispatch in which so large a share of the tokens leaves the finest group, each evenly; nil
  /// without levels or if it would be no smaller than in the even dispatch.
  ///
  /// FasterMoE's gate takes 0.14.
  func hierarchical(leaving share: Double) -> [Double]? {
    guard let level = instance.routes.cluster.levels.first, level.groups.count > 1 else {
      return nil
    }
    let count = instance.deviceCount
    var weights = [Double](repeating: 0, count: count * count)
    for source in 0..<count {
      let inside = (0..<count).filter { instance.routes.separation(source, $0) == 0 }
      let near = inside.reduce(0.0) { $0 + instance.even(to: $1) }
      let far = Double(instance.row) - near
      guard far > share * Double(instance.row), near > 0 else { return nil }
      for target in 0..<count {
        let isNear = instance.routes.separation(source, target) == 0
        weights[source * count + target] =
          instance.even(to: target) * (isNear ? (1 - share) / near : share / far)
      }
    }
    return balanced(weights)
  }

  /// Returns weights scaled by rows and columns until both have their sums (Sinkhorn and Knopp, 1967).
  func balanced(_ weights: [Double]) -> [Double] {
    let count = instance.deviceCount
    let row = Double(instance.row)
    var tokens = weights
    for _ in 0..<1000 {
      for source in 0..<count {
        let range = source * count..<(source + 1) * count
        let sum = tokens[range].reduce(0, +)
        guard sum > 0 else { continue }
        let scale = row / sum
        for index in range { tokens[index] *= scale }
      }
      var sums = [Double](repeating: 0, count: count)
      for source in 0..<count {
        for target in 0..<count { sums[target] += tokens[source * count + target] }
      }
      let off = zip(sums, instance.columns).map { abs($0 - Double($1)) }.max() ?? 0
      if off <= 1e-9 * max(1, row) { break }
      for target in 0..<count where sums[target] > 0 {
        let scale = Double(instance.columns[target]) / sums[target]
        for source in 0..<count { tokens[source * count + target] *= scale }
      }
    }
    return tokens
  }
}
