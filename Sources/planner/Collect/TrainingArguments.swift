import ArgumentParser
import Collectors

/// The element types as users type them.
enum DtypeArgument: String, ExpressibleByArgument, CaseIterable {
  case float32
  case float16
  case bfloat16

  var dtype: RealType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }
}

/// The optimizers as users type them.
enum OptimizerArgument: String, ExpressibleByArgument, CaseIterable {
  case sgd
  case sgdMomentum = "sgd-momentum"
  case adam

  var optimizer: Optimizer {
    switch self {
    case .sgd: .sgd
    case .sgdMomentum: .sgdMomentum
    case .adam: .adam
    }
  }
}

/// What is computed again, as users type it.
enum RecomputeArgument: String, ExpressibleByArgument, CaseIterable {
  case none
  case selective
  case full

  var recompute: TransformerTraining.Recompute {
    switch self {
    case .none: .none
    case .selective: .selective
    case .full: .full
    }
  }
}

/// The kernels of the attention as users type them.
enum AttentionArgument: String, ExpressibleByArgument, CaseIterable {
  case flash
  case eager

  var attention: TransformerTraining.AttentionKernel { self == .flash ? .flash : .eager }
}
