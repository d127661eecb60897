import Optimization

/// Solves a small kernel to its proven optimum: linear relaxations find the few times whose memory
/// binds, then integer programs with these rows follow until one's answer fits at every time.
///
/// Each program leaves out rows only, so its bound holds for the whole problem at any stage.
struct ExactSearch {
  let kernel: ShardingKernel
  let limit: Int
  let solver: any Solver
  /// Limits; `timeLimit` is for all programs together.
  var options: SolveOptions
  var progress: ((String) -> Void)?

  /// How far a relaxation may exceed the room before a row is added, as a share of the limit.
  private static let tolerance = 1e-7
  /// The most rows that one round adds.
  private static let rowsOfRound = 12
  private static let mostRounds = 200

  /// What came of the search.
  struct Answer {
    var choice: [Int]?
    var cost: Int?
    /// What no choice costs less than.
    var bound: Int?
    /// What the relaxation with its rows of memory costs at least.
    var relaxation: Int?
    var relaxationSeconds = 0.0
    var nodes = 0
    var rows = 0
    var engine = ""
    var seconds = 0.0
    var termination = Termination.noSolution(.nodes)
  }

  /// Runs the search.
  func run() throws(SolverError) -> Answer {
    let clock = ContinuousClock()
    let begin = clock.now
    func elapsed() -> Double { (clock.now - begin) / .seconds(1) }
    var formulation = ShardingFormulation(kernel)
    var answer = Answer()
    var rows: Set<Int> = []
    for round in 0..<Self.mostRounds {
      progress?("relaxation \(round + 1), \(rows.count) times with a row")
      guard let limits = limits(after: elapsed()) else {
        answer.termination = .noSolution(.time)
        return answer
      }
      let relaxed = try solver.relax(formulation.model, options: limits)
      answer.engine = relaxed.engine
      answer.relaxationSeconds = elapsed()
      guard relaxed.termination == .optimal, let objective = relaxed.objective else {
        answer.termination = relaxed.termination
        return answer
      }
      answer.relaxation = bound(formulation, objective)
      answer.bound = answer.relaxation
      let excess = formulation.excess(at: relaxed.point)
      let broken = Self.worst(of: excess, above: Self.tolerance * Double(max(1, limit)))
        .filter { !rows.contains($0) }
      if broken.isEmpty { break }
      for point in broken.sorted() {
        rows.insert(point)
        formulation.addMemory(at: point, limit: limit)
      }
    }
    for round in 0..<Self.mostRounds {
      progress?("integer program \(round + 1), \(rows.count) times with a row")
      answer.rows = rows.count
      guard var limits = limits(after: elapsed()) else {
        answer.termination = .noSolution(.time)
        return answer
      }
      limits.nodeLimit = options.nodeLimit.map { max(1, $0 - answer.nodes) }
      let solution = try solver.solve(formulation.model, options: limits)
      answer.engine = solution.engine
      answer.nodes += solution.nodes
      answer.seconds = elapsed() - answer.relaxationSeconds
      answer.termination = solution.termination
      if let own = solution.bound {
        answer.bound = max(answer.bound ?? .min, bound(formulation, own))
      }
      guard let point = solution.point else { return answer }
      let choice = formulation.choice(at: point)
      let excess = kernel.excess(of: choice)
      let broken = Self.worst(of: excess.map(Double.init), above: 0.5)
      if broken.isEmpty {
        answer.choice = choice
        let cost = kernel.cost(of: choice)
        answer.cost = cost
        // An engine's proof is as good as its tolerance, which large costs see.
        if solution.termination == .optimal {
          answer.bound = max(
            answer.bound ?? .min, bound(formulation, solution.objective ?? -.infinity))
        }
        answer.bound = answer.bound.map { min($0, cost) }
        return answer
      }
      for point in broken.sorted() {
        if rows.insert(point).inserted {
          formulation.addMemory(at: point, limit: limit)
        } else {
          formulation.addCover(at: point, against: choice)
        }
      }
      if solution.termination != .optimal {
        // A point of an unfinished search that doesn't fit: go on only while there is a limit left.
        if let limit = options.nodeLimit, answer.nodes >= limit {
          answer.termination = .noSolution(.nodes)
          return answer
        }
      }
    }
    answer.termination = .noSolution(.nodes)
    return answer
  }

  /// A whole number that is no larger than the exact value of an engine's bound.
  private func bound(_ formulation: ShardingFormulation, _ objective: Double) -> Int {
    let cost = formulation.cost(of: objective)
    let slack = 1e-7 * max(1, abs(objective)) * formulation.scale
    return Int(max(-1e18, min(1e18, (cost - slack).rounded(.up))))
  }

  private func limits(after seconds: Double) -> SolveOptions? {
    var limits = options
    if let limit = options.timeLimit {
      let left = limit - seconds
      if left <= 0.01 { return nil }
      limits.timeLimit = left
    }
    return options.cancellation?.isCancelled == true ? nil : limits
  }

  /// The point with the greatest excess, and others that are greatest in their surroundings.
  private static func worst(of excess: [Double], above least: Double) -> [Int] {
    let distance = max(1, excess.count / 200)
    let order = excess.indices.filter { excess[$0] > least }.sorted {
      (excess[$1], $0) < (excess[$0], $1)
    }
    var chosen: [Int] = []
    for point in order where chosen.count < rowsOfRound {
      if chosen.allSatisfy({ abs($0 - point) > distance }) { chosen.append(point) }
    }
    return chosen
  }
}
