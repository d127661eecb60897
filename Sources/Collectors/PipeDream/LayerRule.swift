/// What the backward pass of a layer needs, as PyTorch's autograd keeps it for the same module.
struct LayerRule {
  /// How a layer treats its inputs.
  enum Role {
    /// The layer makes a new tensor.
    case computes
    /// The outputs are the inputs' own memory: nothing runs, forward or backward.
    case views
    /// The layer gives one output of the layer before: `__getitem__(1)`.
    case selects(Int)
    /// The gradient of the output is that of the inputs, in the same memory.
    case passesGradient
  }

  var role = Role.computes
  var needsInputs = false
  var needsOutputs = false
  /// What the forward pass saves besides, in bytes for each byte of the output; nil for nothing.
  var saved: (name: String, share: Double)?
  /// Whether a second run gives the same result.
  var isRepeatable = true

  /// Finds the rule of a layer; one that isn't known is taken to need its inputs and outputs.
  init(of layer: LayerGraph.Layer) {
    let type = layer.type
    switch type {
    case "View", "Size", "Flatten", "Reshape", "Identity":
      role = .views
    case "__getitem__":
      role = Int(layer.settings).map { .selects($0) } ?? .views
    case "Add", "Concat":
      role = .passesGradient
    case "ReLU", "Sigmoid", "Tanh", "Softmax", "LogSoftmax":
      needsOutputs = true
    case "Dropout":
      saved = ("mask", 0.25)
      isRepeatable = false
    case "Embedding":
      break
    case _ where LayerRule.keepsInputs.contains { type.hasPrefix($0) }:
      needsInputs = true
      if type.hasPrefix("MaxPool") { saved = ("indices", 2) }
    default:
      needsInputs = true
      needsOutputs = true
      isRepeatable = LayerRule.isDeterministic(layer.settings)
    }
  }

  private static let keepsInputs = [
    "Conv", "Linear", "BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "MaxPool", "AvgPool",
    "AdaptiveAvgPool",
  ]

  /// Whether a module has no dropout inside, or only with probability 0.
  private static func isDeterministic(_ settings: Substring) -> Bool {
    settings.ranges(of: "Dropout(p=").allSatisfy { range in
      let share = settings[range.upperBound...].prefix { $0 != ")" && $0 != "," }
      return Double(share) == 0
    }
  }
}
