import Optimization

/// A line below the iteration's time as a function of the budget.
///
/// The relaxation's value is convex in the memory that is missing at each moment, and its duals are its
/// slope. So the solution at one budget bounds the plans of all budgets.
struct Tangent: Sendable {
  /// The budget at which the relaxation was solved, in bytes.
  let budget: Int
  /// The bound there, in microseconds.
  let value: Double
  /// How much the bound falls with each byte more, in microseconds; not negative.
  let slope: Double

  init(budget: Int, formulation: SwapFormulation, relaxation: Relaxation) {
    self.budget = budget
    value = formulation.bound(from: relaxation) * 1e3
    slope = formulation.memoryPrice(of: relaxation) * 1e3 / SwapFormulation.mebibyte
  }

  /// A lower bound of the iteration's time within another budget, in microseconds.
  func bound(at budget: Int) -> Double { value - slope * Double(budget - self.budget) }
}
