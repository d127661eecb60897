public import Optimization

/// A branch-and-bound solver of a few lines, for tests that need a solver but no library.
///
/// Exact enough for models with a few dozen rows and small coefficients, and slow. It gives no
/// duals.
public struct ReferenceSolver: Solver {
  /// Creates a solver.
  public init() {}

  /// `reference`.
  public var name: String { "reference" }
  /// Always 1.
  public var version: String { "1" }
  /// Limits of time and nodes, and cancellation.
  public var capabilities: Capabilities {
    Capabilities(features: [
      .timeLimit, .nodeLimit, .cancellation, .cancellationInRootRelaxation,
    ])
  }

  /// Searches depth first, lower half first.
  public func solve(
    _ model: Model, options: SolveOptions
  ) throws(SolverError) -> Solution {
    try model.validate()
    try refuse(options)
    var search = Search(model: model, options: options)
    return search.solution()
  }

  /// Solves the linear program that is left when integrality is dropped.
  public func relax(_ model: Model, options: SolveOptions) throws(SolverError) -> Relaxation {
    try model.validate()
    try refuse(options)
    if options.cancellation?.isCancelled == true {
      return Relaxation(termination: .noSolution(.interrupted), engine: "reference 1")
    }
    switch LinearProgram.optimum(
      of: model, lower: model.lowerBounds, upper: model.upperBounds)
    {
    case .infeasible: return Relaxation(termination: .infeasible, engine: "reference 1")
    case .unbounded: return Relaxation(termination: .unbounded, engine: "reference 1")
    case .optimal(let point):
      return Relaxation(
        termination: .optimal, objective: model.objective.value(at: point), point: point,
        engine: "reference 1")
    }
  }

  private func refuse(_ options: SolveOptions) throws(SolverError) {
    let options: [(String, Bool)] = [
      ("absoluteGap", options.absoluteGap != nil), ("relativeGap", options.relativeGap != nil),
      ("memoryLimitBytes", options.memoryLimitBytes != nil),
      ("warmStart", options.warmStart != nil), ("logHandler", options.logHandler != nil),
      ("progressHandler", options.progressHandler != nil),
    ]
    for (option, isSet) in options where isSet {
      throw .unsupported(option: option, engine: name)
    }
  }
}

/// One search.
private struct Search {
  private let model: Model
  private let options: SolveOptions
  private let start = ContinuousClock.now
  private let sign: Double
  private var best: (point: [Double], objective: Double)?
  private var nodes = 0
  private var stop: Termination?

  init(model: Model, options: SolveOptions) {
    self.model = model
    self.options = options
    sign = model.sense == .minimize ? 1 : -1
  }

  mutating func solution() -> Solution {
    branch(lower: model.lowerBounds, upper: model.upperBounds)
    var termination: Termination
    switch (stop, best) {
    case (nil, nil): termination = .infeasible
    case (nil, _): termination = .optimal
    case (.some(let reason), nil): termination = reason
    case (.some(.noSolution(let limit)), _): termination = .feasible(limit)
    case (.some(let reason), _): termination = reason
    }
    if termination == .unbounded { best = nil }
    return Solution(
      termination: termination, point: best?.point, objective: best?.objective,
      bound: termination == .optimal ? best?.objective : nil, nodes: nodes, engine: "reference 1")
  }

  private mutating func branch(lower: [Double], upper: [Double]) {
    if stop == nil { stop = limitReached() }
    if stop != nil { return }
    nodes += 1
    let point: [Double]
    switch LinearProgram.optimum(of: model, lower: lower, upper: upper) {
    case .infeasible: return
    case .unbounded:
      stop = .unbounded
      return
    case .optimal(let found): point = found
    }
    let objective = model.objective.value(at: point)
    if let best, sign * objective >= sign * best.objective - 1e-9 { return }
    let fractional = point.indices.first {
      model.kinds[$0] == .integer && abs(point[$0] - point[$0].rounded()) > 1e-6
    }
    guard let fractional else {
      let rounded = zip(point, model.kinds).map { $1 == .integer ? $0.rounded() : $0 }
      best = (rounded, model.objective.value(at: rounded))
      return
    }
    var below = upper
    below[fractional] = point[fractional].rounded(.down)
    branch(lower: lower, upper: below)
    var above = lower
    above[fractional] = point[fractional].rounded(.up)
    branch(lower: above, upper: upper)
  }

  private func limitReached() -> Termination? {
    if options.cancellation?.isCancelled == true { return .noSolution(.interrupted) }
    // Branching is recursive, so that there is always a limit.
    if nodes >= options.nodeLimit ?? 2_000 { return .noSolution(.nodes) }
    if let limit = options.timeLimit, (ContinuousClock.now - start) / .seconds(1) >= limit {
      return .noSolution(.time)
    }
    return nil
  }
}

/// Brings a model into the form that the tableau takes, and its points back.
private enum LinearProgram {
  static func optimum(
    of model: Model, lower: [Double], upper: [Double]
  ) -> TableauSimplex.Outcome {
    let count = model.variableCount
    for index in 0..<count where lower[index] > upper[index] + 1e-9 { return .infeasible }
    // Column `index` of the tableau counts up from the lower bound, or down from the upper one;
    // a free variable has a second column that counts down.
    var second = [Int?](repeating: nil, count: count)
    var width = count
    for index in 0..<count where lower[index] == -.infinity && upper[index] == .infinity {
      second[index] = width
      width += 1
    }
    let isDown = (0..<count).map { lower[$0] == -.infinity && upper[$0] != .infinity }
    let origin = (0..<count).map { lower[$0].isFinite ? lower[$0] : isDown[$0] ? upper[$0] : 0 }
    func columns(_ columns: [Int32], _ coefficients: [Double]) -> (line: [Double], shift: Double) {
      var line = [Double](repeating: 0, count: width)
      var shift = 0.0
      for (column, coefficient) in zip(columns.map(Int.init), coefficients) {
        line[column] += isDown[column] ? -coefficient : coefficient
        if let other = second[column] { line[other] -= coefficient }
        shift += coefficient * origin[column]
      }
      return (line, shift)
    }
    var matrix: [[Double]] = []
    var limits: [Double] = []
    for row in 0..<model.rowCount {
      let expression = model.expression(ofRow: row)
      let (line, shift) = columns(expression.columns, expression.coefficients)
      if model.rowUpperBounds[row] < .infinity {
        matrix.append(line)
        limits.append(model.rowUpperBounds[row] - shift)
      }
      if model.rowLowerBounds[row] > -.infinity {
        matrix.append(line.map { -$0 })
        limits.append(shift - model.rowLowerBounds[row])
      }
    }
    for index in 0..<count where lower[index].isFinite && upper[index].isFinite {
      var line = [Double](repeating: 0, count: width)
      line[index] = 1
      matrix.append(line)
      limits.append(max(0, upper[index] - lower[index]))
    }
    let sign = model.sense == .minimize ? 1.0 : -1.0
    let (cost, _) = columns(model.objective.columns, model.objective.coefficients)
    let outcome = TableauSimplex.minimum(
      of: cost.map { sign * $0 }, matrix: matrix, limits: limits)
    guard case .optimal(let values) = outcome else { return outcome }
    return .optimal(
      (0..<count).map { index in
        let step = isDown[index] ? -values[index] : values[index]
        return origin[index] + step - (second[index].map { values[$0] } ?? 0)
      })
  }
}
