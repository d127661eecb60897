import Optimization
package import Plans
import Profiles

extension SwapProblem {
  /// The problem with a simpler rule for codecs.
  func restricted(to rule: CodecRule) -> SwapProblem {
    var copy = self
    copy.settings.codecRule = rule
    copy.instance.restrictCodecs(to: rule)
    return copy
  }

  /// The problem with another limit of time, in seconds; nil for none.
  package func limited(to seconds: Double?) -> SwapProblem {
    var copy = self
    copy.settings.timeLimit = seconds
    return copy
  }

  /// Returns the plan of one strategy alone; nil if it can't keep the budget.
  package func plan(of strategy: SwapStrategy) -> Plan? {
    var problem = self
    if !settings.strategies.contains(strategy) {
      problem.instance = instance.withSchedules(of: [strategy], hostBudget: hostBudgetBytes)
    }
    var portfolio = Portfolio(problem: problem, limit: SearchLimit())
    portfolio.tryStrategy(strategy)
    return portfolio.best == nil ? nil : portfolio.plan()
  }

  /// Returns the plan of a point of `formulate()`; nil if it can't be timed within the budget.
  ///
  /// What the program leaves out, such as minor tensors, is mended greedily, and copies are timed anew,
  /// as the portfolio does with a point of its own.
  package func plan(atPoint point: [Double]) -> Plan? {
    let formulation = SwapFormulation(instance)
    var portfolio = Portfolio(problem: self, limit: SearchLimit())
    let greedy = GreedySearch(instance: instance, course: portfolio.realisation.course)
    let solution = Solution(termination: .feasible(.time), point: point)
    portfolio.offer("integer program", engine: "planner", solution: solution) {
      greedy.decisions(from: formulation.decisions(at: point))
    }
    return portfolio.best == nil ? nil : portfolio.plan()
  }

  /// Returns the plan that makes the named tensors again for the backward pass, each from the nearest
  /// tensors that stay; nil if it can't be timed within the budget. What has no such chain stays.
  package func plan(recomputing tensors: Set<String>) -> Plan? {
    func isDropped(_ storage: Int) -> Bool {
      tensors.contains(instance.storages.all[storage].tensor.id)
    }
    var portfolio = Portfolio(problem: self, limit: SearchLimit())
    let instance = instance
    portfolio.offer("given", engine: "planner") {
      instance.gaps.map { gap in
        guard isDropped(gap.storage), profile.operators[gap.after].phase == .forward,
          profile.operators[gap.before].phase == .backward,
          let chain = gap.chains.firstIndex(where: {
            $0.at == gap.before && !$0.anchors.contains(where: isDropped)
          })
        else { return .keep }
        return .recompute(chain: chain)
      }
    }
    return portfolio.best == nil ? nil : portfolio.plan()
  }
}

/// The planner's own replay of one plan, to compare the simulator's speed with.
///
/// Not for use by two threads at once.
package struct OwnReplay {
  private let runner: TimetableRunner
  private let decisions: [Decision]

  /// Prepares a plan of the problem; nil if the plan is for another one.
  package init?(of plan: Plan, for problem: SwapProblem) {
    guard let decisions = problem.instance.decisions(of: plan, skipsUnknownChains: false) else {
      return nil
    }
    self.decisions = decisions
    runner = TimetableRunner(Course(problem.instance))
  }

  /// Returns the iteration's time in microseconds; nil if the plan gets stuck.
  package func iterationMicroseconds() -> Double? { timetable()?.iteration }

  /// Returns all that the replay knows; nil if the plan gets stuck.
  func timetable() -> Timetable? {
    guard case .finished(let table) = runner.run(decisions) else { return nil }
    return table
  }
}

extension SwapInstance {
  /// The decisions of a plan for the same profile under any budget; nil if it is for another one.
  ///
  /// - Parameter skipsUnknownChains: Whether a tensor stays where its chain is none of the instance's;
  ///   otherwise such a plan has no decisions.
  func decisions(of plan: Plan, skipsUnknownChains: Bool = true) -> [Decision]? {
    guard case .swap(let swap) = plan.decisions, swap.gaps.count == gaps.count else { return nil }
    let steps = Dictionary(
      zip(operatorNames, operatorNames.indices), uniquingKeysWith: { $1 })
    var decisions: [Decision] = []
    for (gap, item) in zip(gaps, swap.gaps) {
      switch item.action {
      case .keep: decisions.append(.keep)
      case .swap(let prefetch, let offload, let tier):
        guard let step = steps[prefetch] else { return nil }
        let start = offload.flatMap { steps[$0] } ?? gap.after
        let lag = start == gap.after ? 0 : gap.position(of: start) + 1
        var kind = Decision.Tier.host
        if case .nvme(let readAt) = tier {
          guard let nvme = gap.nvme else { return nil }
          let read =
            readAt.flatMap { steps[$0] }
            ?? IdleGap(storage: gap.storage, after: gap.after, before: gap.before).defaultRead(
              from: start, to: step, lasting: nvme.read, durations: durations)
          kind = .nvme(lead: gap.position(of: step) - gap.position(of: read))
        }
        if let id = tier.codec {
          guard let codec = gap.codecs.firstIndex(where: { $0.id == id }) else {
            guard skipsUnknownChains else { return nil }
            decisions.append(gap.outTime == nil ? .keep : .swap(prefetch: step, lag: lag))
            continue
          }
          kind = .codec(codec)
        }
        decisions.append(gap.outTime == nil ? .keep : .swap(prefetch: step, lag: lag, tier: kind))
      case .recompute(let names, let at):
        let operators = names.compactMap { steps[$0] }
        let moment = at.flatMap { steps[$0] } ?? gap.before
        let chain = gap.chains.firstIndex { $0.operators == operators && $0.at == moment }
        if let chain {
          decisions.append(.recompute(chain: chain))
        } else if skipsUnknownChains {
          decisions.append(.keep)
        } else {
          return nil
        }
      }
    }
    return decisions
  }
}
