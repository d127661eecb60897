import CEngine
import Optimization

extension Engine {
  /// Makes a feasible point from the options' warm start; nil if there is none or it can't be made.
  ///
  /// A full start that satisfies the model is taken as it is. From any other, the known integers are
  /// kept and the rest is searched for, within 200 nodes and a quarter of the time; the engines' own
  /// ways differ (GLPK has none for partial starts) and say nothing when they drop a start.
  func completedStart(of model: Model, options: SolveOptions, started: Double) -> [Double]? {
    guard let warmStart = options.warmStart else { return nil }
    let known = warmStart.compactMap { $0 }
    if known.count == model.variableCount, let point = model.checked(known).point { return point }

    var restricted = model
    for (index, value) in warmStart.enumerated() where model.kinds[index] == .integer {
      guard let value = value?.rounded() else { continue }
      let (lower, upper) = ColumnForm.wholeRange(model.lowerBounds[index], model.upperBounds[index])
      guard lower <= value, value <= upper else { continue }
      restricted.setBounds(of: Variable(index: index), lower: value, upper: value)
    }
    let form = ColumnForm(restricted)
    if form.isContradictory { return nil }
    var limits = SolveOptions(timeLimit: options.timeLimit.map { $0 / 4 }, nodeLimit: 200)
    limits.cancellation = options.cancellation
    limits.memoryLimitBytes = options.memoryLimitBytes
    let search = SearchMonitor(
      form: form, options: limits, started: started, incumbent: nil, incumbentHandler: nil)
    let outcome = run(form, monitor: search, options: limits, start: nil)
    let point = outcome.point.flatMap { model.checked($0).point }
    if point == nil {
      options.logHandler?("\(name): the warm start can't be completed and is left out")
    }
    return point
  }
}
