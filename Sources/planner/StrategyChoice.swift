import ArgumentParser
import Swap

/// One published strategy, or all of them besides the search.
enum StrategyChoice: ExpressibleByArgument, Equatable {
  case one(SwapStrategy)
  case all

  init?(argument: String) {
    if argument == "all" {
      self = .all
    } else if let strategy = SwapStrategy(rawValue: argument) {
      self = .one(strategy)
    } else {
      return nil
    }
  }

  /// What is tried.
  var strategies: [SwapStrategy] {
    switch self {
    case .one(let strategy): [strategy]
    case .all: SwapStrategy.allCases
    }
  }

  static var allValueStrings: [String] { ["all"] + SwapStrategy.allCases.map(\.rawValue) }
}

/// Which codecs swaps may use.
enum CodecChoice: String, ExpressibleByArgument, CaseIterable {
  case joint
  case none
  case all
  case isolated

  var rule: CodecRule {
    switch self {
    case .joint: .joint
    case .none: .none
    case .all: .all
    case .isolated: .isolated
    }
  }
}
