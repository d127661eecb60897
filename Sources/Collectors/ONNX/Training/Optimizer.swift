/// How parameters change after the backward pass, and what is kept per parameter for it.
public enum Optimizer: String, Sendable, Hashable, CaseIterable {
  /// Plain gradient descent: no state.
  case sgd
  /// Gradient descent with momentum: one state.
  case sgdMomentum = "sgd_momentum"
  /// Adam: two states.
  case adam

  /// The states per parameter, as PyTorch calls them.
  var states: [String] {
    switch self {
    case .sgd: []
    case .sgdMomentum: ["momentum_buffer"]
    case .adam: ["exp_avg", "exp_avg_sq"]
    }
  }

  /// The prefix of the optimizer operators' names.
  var prefix: String { self == .adam ? "adam" : "sgd" }

  /// Floating-point operations per element.
  var flopsPerElement: Double {
    switch self {
    case .sgd: 2
    case .sgdMomentum: 4
    case .adam: 12
    }
  }
}
