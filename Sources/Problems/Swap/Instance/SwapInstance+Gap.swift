import Profiles

extension SwapInstance.Gap {
  /// Adds a chain unless it is there, and returns its position.
  @discardableResult
  mutating func offer(_ chain: RecomputeChain) -> Int {
    let known = chains.firstIndex { $0.operators == chain.operators && $0.at == chain.at }
    if let known { return known }
    chains.append(chain)
    return chains.count - 1
  }

  /// The gap without what it takes to empty it.
  var idle: IdleGap { IdleGap(storage: storage, after: after, before: before) }

  /// Whether the gap lasts into the next iteration.
  var wraps: Bool { before <= after }

  /// How many operators run in the gap.
  var length: Int { wraps ? period - 1 - after + before : before - after - 1 }

  /// The first operator of the gap, and the last one: the earliest and the latest to queue a copy back.
  var firstStep: Int { step(at: 0) }
  var lastStep: Int { step(at: length - 1) }

  /// The operators of the gap as ranges, ascending.
  var ranges: [Range<Int>] {
    IdleGap(storage: storage, after: after, before: before).ranges(operators: period)
  }

  /// Whether an operator runs in the gap.
  func contains(_ step: Int) -> Bool {
    wraps ? step > after || step < before : step > after && step < before
  }

  /// The operator at a position in the gap, counted from 0.
  func step(at position: Int) -> Int {
    let step = after + 1 + position
    return step < period ? step : step - period
  }

  /// The position of one of the gap's operators.
  func position(of step: Int) -> Int { step > after ? step - after - 1 : step - after - 1 + period }

  /// The operator that lies a number of operators away from one of the gap's, as far as the gap goes.
  func step(_ step: Int, movedBy shift: Int) -> Int {
    self.step(at: min(max(position(of: step) + shift, 0), length - 1))
  }
}

extension Storage {
  /// The operators during which the memory is taken if nothing is moved.
  func lifetime(operators count: Int) -> ClosedRange<Int> {
    let first = producer ?? 0
    guard !tensor.isPersistent, let last = lastAccess else { return first...(count - 1) }
    return first...max(first, last)
  }
}
