extension LayerProblem {
  /// Returns the layer as data for `Models/Formulations/expert-placement.mod`.
  public func mathProgData() -> String {
    func list(_ count: Int) -> String { (0..<count).map { "\($0)" }.joined(separator: " ") }
    var lines = [
      "data;", "set EXPERTS := \(list(experts));", "set DEVICES := \(list(devices));",
      "set SCENARIOS := \(list(scenarios));", "param weight :=",
    ]
    for expert in 0..<experts {
      for scenario in 0..<scenarios {
        lines.append("  [\(expert),\(scenario)] \(weight(expert, 1, scenario))")
      }
    }
    lines += [";", "param slots :="] + slots.enumerated().map { "  \($0) \($1)" }
    lines += [";", "param slowness :="] + slowness.enumerated().map { "  \($0) \($1)" }
    lines += [";", "param replicas := \(replicaLimit);"]
    let places = (0..<experts).flatMap { expert in (0..<devices).map { (expert, $0) } }
    if let current {
      let held = places.filter { current[$0.0 * devices + $0.1] }
      lines.append("param held :=")
      lines += held.map { "  [\($0.0),\($0.1)] 1" } + [";"]
    }
    if let moveLimit { lines.append("param moves := \(moveLimit);") }
    let forbidden = places.filter { !allows($0.0, on: $0.1) }
    if !forbidden.isEmpty {
      lines.append("param allowed :=")
      lines += forbidden.map { "  [\($0.0),\($0.1)] 0" } + [";"]
    }
    if scenarios > 1 {
      switch robustness {
      case .worst: break
      case .average: lines.append("param tail := \(scenarios);")
      case .conditional(let level):
        lines.append("param tail := \((1 - level) * Double(scenarios));")
      }
    }
    lines.append("end;")
    return lines.joined(separator: "\n") + "\n"
  }
}
