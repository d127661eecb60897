public import Optimization
import Plans

/// The exchange as an integer program, as in `Models/Formulations/gradients.mod`.
///
/// Variables, times in milliseconds after the first bucket is ready
/// - `use[b,o]`: bucket *b* is added up by its option *o*
/// - `late[b]`: how much later than measured the bucket is ready, for choices until then
/// - `start[b]`: when its exchange begins
/// - `end`: when the last exchange ends
///
/// Objective: `end`; of the second program, the missing energy.
///
/// Constraints: one option a bucket; `late` is a running sum of choices; an exchange begins when its
/// bucket is ready and the one before has ended; the missing energy is at most what the budget allows.
public struct GradientFormulation: Sendable {
  /// The program.
  public let model: Model
  private let instance: GradientInstance
  private let use: [[Variable]]
  private let missing: LinearExpression
  private let end: Variable
  /// When time 0 of the program is, in microseconds.
  let origin: Double

  /// Formulates an instance.
  public init(_ instance: GradientInstance) {
    var model = Model(name: "gradients")
    let origin = instance.buckets.first?.ready ?? 0
    let use = instance.buckets.enumerated().map { index, bucket in
      bucket.frontier.indices.map { model.addBinary("use[\(index),\($0)]") }
    }
    let end = model.addVariable("end", in: 0...Double.infinity)
    let allowed = max(0, 1 - instance.energyBudget)
    var missing = LinearExpression()
    var before: (late: Variable, start: Variable, choice: LinearExpression)?
    for (index, bucket) in instance.buckets.enumerated() {
      var (one, choice, exchange) = (LinearExpression(), LinearExpression(), LinearExpression())
      for (variable, position) in zip(use[index], bucket.frontier) {
        let option = bucket.options[position]
        one.add(1, variable)
        if option.selection > 0 { choice.add(option.selection / 1e3, variable) }
        exchange.add(option.channel / 1e3, variable)
        // In shares of what is allowed; where nothing is, no option is left that misses any.
        let share = bucket.weight * (1 - option.energy)
        if allowed > 0, share > 0 { missing.add(share / allowed, variable) }
      }
      model.addRow("one[\(index)]", one, equals: 1)
      let late = model.addVariable("late[\(index)]", in: 0...Double.infinity)
      let start = model.addVariable("start[\(index)]", in: 0...Double.infinity)
      choice.add(-1, late)
      if let before { choice.add(1, before.late) }
      model.addRow("chosen[\(index)]", choice, equals: 0)
      var ready = LinearExpression()
      ready.add(1, start)
      ready.add(-1, late)
      model.addRow("ready[\(index)]", ready, atLeast: (bucket.ready - origin) / 1e3)
      if let before {
        var order = before.choice
        order.add(-1, start)
        model.addRow("order[\(index)]", order, atMost: 0)
      }
      exchange.add(1, start)
      before = (late, start, exchange)
    }
    if var last = before?.choice {
      last.add(-1, end)
      model.addRow("last", last, atMost: 0)
    }
    if !missing.isEmpty { model.addRow("energy", missing, atMost: 1) }
    var objective = LinearExpression()
    objective.add(1, end)
    model.setObjective(objective)
    self.model = model
    self.instance = instance
    self.use = use
    self.missing = missing
    self.end = end
    self.origin = origin
  }

  /// Returns the program of the least missing energy among the plans that end no later than a time.
  func leastMissing(endingBy microseconds: Double) -> Model {
    var model = model
    model.setBounds(of: end, lower: 0, upper: max(0, microseconds - origin) / 1e3)
    model.setObjective(missing)
    return model
  }

  /// Returns the option of each bucket at a point.
  public func selection(at point: [Double]) -> GradientInstance.Selection {
    zip(instance.buckets, use).map { bucket, variables in
      let values = variables.map { point[$0.index] }
      let largest = values.indices.max { (values[$0], $1) < (values[$1], $0) }
      return bucket.frontier[largest ?? 0]
    }
  }

  /// Returns a selection as a start for a solver; nil if it has an option that others dominate.
  func start(from selection: GradientInstance.Selection) -> [Double?]? {
    var start = [Double?](repeating: nil, count: model.variableCount)
    for (index, bucket) in instance.buckets.enumerated() {
      guard let chosen = bucket.frontier.firstIndex(of: selection[index]) else { return nil }
      for (position, variable) in use[index].enumerated() {
        start[variable.index] = position == chosen ? 1 : 0
      }
    }
    return start
  }

  /// Returns a value of the objective as a time of the profile, in microseconds.
  func microseconds(_ objective: Double) -> Double { origin + objective * 1e3 }
}

extension GradientInstance {
  /// Returns the same selection with options that nothing dominates, as good or better.
  func onFrontier(_ selection: Selection) -> Selection {
    zip(buckets, selection).map { bucket, chosen in
      if bucket.frontier.contains(chosen) { return chosen }
      let better = bucket.frontier.first { other in
        bucket.options[chosen].isDominated(by: bucket.options[other])
      }
      return better ?? chosen
    }
  }

  /// Returns the instance as data for `Models/Formulations/gradients.mod`.
  public func mathProgData() -> String {
    let origin = buckets.first?.ready ?? 0
    var lines = ["data;", "param B := \(buckets.count);", "param allowed := \(1 - energyBudget);"]
    lines.append("param ready :=")
    for (index, bucket) in buckets.enumerated() {
      lines.append("  \(index) \((bucket.ready - origin) / 1e3)")
    }
    lines += [";", "param: OPTIONS: choice channel missing :="]
    for (index, bucket) in buckets.enumerated() {
      for (number, position) in bucket.frontier.enumerated() {
        let option = bucket.options[position]
        lines.append(
          "  \(index) \(number) \(option.selection / 1e3) \(option.channel / 1e3) "
            + "\(bucket.weight * (1 - option.energy))")
      }
    }
    return (lines + [";", "end;"]).joined(separator: "\n") + "\n"
  }
}
