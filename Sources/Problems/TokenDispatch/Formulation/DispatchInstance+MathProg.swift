extension DispatchInstance {
  /// Returns the instance as data for `Models/Formulations/dispatch.mod`.
  ///
  /// - Parameter deviation: The share of all tokens that may go elsewhere than in an even dispatch.
  public func mathProgData(deviation: Double) -> String {
    let movable = movableTokens(deviation: deviation)
    let classes = PairClasses.single(self)
    var lines = ["data;", "param P := \(deviceCount);", "param r := \(row);", "param q :="]
    lines += columns.enumerated().map { "  \($0) \($1)" }
    lines += [";", "param movable := \(movable);"]
    var slopes: [String] = []
    var carries: [String] = []
    for (index, cost) in CostRow.all(of: self, classes).enumerated() {
      for term in cost.terms {
        let (source, target) = Int(term.pairs).quotientAndRemainder(dividingBy: deviceCount)
        carries.append("  \(index) \(source) \(target)")
      }
      let costs = cost.lines(
        even: cost.evenLoad(self, classes), movable: movable, tokenBytes: tokenBytes)
      for (number, line) in costs.enumerated() {
        slopes.append("  \(index) \(number) \(line.slope) \(line.intercept)")
      }
    }
    lines += ["set CARRIES :="] + carries + [";", "param: LINES: slope intercept :="] + slopes
    lines += [";", "end;"]
    return lines.joined(separator: "\n") + "\n"
  }
}
