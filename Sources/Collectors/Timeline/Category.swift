import Profiles

/// What PyTorch's profiler says that a buffer is for, by the number in the file.
enum Category: Int, CaseIterable {
  case parameter
  case optimizerState
  case input
  case temporary
  case activation
  case gradient
  case autogradDetail
  case unknown

  /// The category's name in messages.
  var name: String {
    switch self {
    case .parameter: "parameter"
    case .optimizerState: "optimizer state"
    case .input: "input"
    case .temporary: "temporary"
    case .activation: "activation"
    case .gradient: "gradient"
    case .autogradDetail: "autograd detail"
    case .unknown: "none"
    }
  }

  /// The kind of a tensor of this category.
  var kind: Tensor.Kind {
    switch self {
    case .parameter: .parameter
    case .optimizerState: .optimizerState
    case .input: .input
    case .activation, .autogradDetail: .activation
    case .gradient: .gradient
    case .temporary, .unknown: .workspace
    }
  }
}
