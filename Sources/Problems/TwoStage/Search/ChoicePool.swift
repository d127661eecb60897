import Profiles

/// Choices of strategies that are best for some prices of memory.
struct ChoicePool: Sendable {
  /// The choices, each once, in the order in which they were found.
  private(set) var choices: [[Int]] = []
  private var known: Set<[Int]> = []

  /// Multiples of the usual price: none, little, much, all.
  private static let multiples = [0, 0.2, 1, 5, 1e4]

  /// Prices states and activations, each at five multiples of what a byte usually costs.
  ///
  /// The usual price of an activation is the time of making it again, that of a state a tenth of the time of the
  /// fastest choice by its bytes.
  init(grid instance: StageInstance) {
    let prices = PricedStages(instance, keeping: false)
    let fastest = prices.minimum(statePrice: 0, activationPrice: 0)
    let figures = instance.figures(of: fastest.choice)
    let forward = figures.forward.reduce(0, +)
    let activation = forward / Double(max(1, figures.saved.reduce(0, +)))
    let state = 0.1 * figures.leastMicroseconds / Double(max(1, figures.stateBytes))
    for stateMultiple in Self.multiples {
      for multiple in Self.multiples {
        add(
          prices.minimum(
            statePrice: stateMultiple * state, activationPrice: multiple * activation
          ).choice)
      }
    }
  }

  /// Adds a choice that is new.
  mutating func add(_ choice: [Int]) {
    if known.insert(choice).inserted { choices.append(choice) }
  }
}
