import Profiles

extension LayerIteration {
  /// Says what the file held, what was supposed, and what it lacks.
  func describe(_ findings: inout Findings) {
    let layers = graph.layers
    let forward = layers.reduce(0) { $0 + $1.forwardMilliseconds }
    let backward = layers.reduce(0) { $0 + $1.backwardMilliseconds }
    let activations = layers.reduce(0) { sum, layer in
      layer.outputBytes.reduce(sum) { $0 + Double($1) }
    }
    let parameters = layers.reduce(0) { $0 + Double($1.parameterBytes) }
    let edges = layers.reduce(0) { $0 + $1.inputs.count }
    findings.found("\(layers.count) layers and \(edges) edges")
    findings.found(
      "\(Findings.milliseconds(forward)) forward and \(Findings.milliseconds(backward)) backward")
    findings.found(
      "\(Findings.mebibytes(activations)) of outputs, \(Findings.mebibytes(parameters)) of "
        + "parameters")
    let joined = operators.filter { $0.id.contains("+") }.count
    if joined > 0 {
      findings.assumed(
        "layers marked inplace run with the layer that makes their input: \(joined) operators")
    }
    findings.assumed(
      "\(derived.operators) steps without a measured time (sums, concatenations, the loss's "
        + "gradient, the optimizer) take that of their memory traffic: "
        + Findings.milliseconds(derived.microseconds / 1e3))
    findings.assumed(
      "backward passes read what PyTorch's autograd keeps: convolutions, linear layers, "
        + "normalisations and pooling their input, ReLU its output, dropout a mask of bytes, other "
        + "modules their inputs and outputs")
    findings.assumed("32 bits an element; optimizer \(optimizer.rawValue), one step a layer")
    findings.assumed("the loss is taken on the last layer's output")
    let empty = layers.filter { $0.inputs.isEmpty && $0.outputBytes.allSatisfy { $0 == 0 } }
    if !empty.isEmpty {
      findings.missing(
        "the sizes of \(empty.count) inputs (\(empty.prefix(4).map(\.name).joined(separator: ", "))"
          + "): they take no memory here")
    }
    findings.missing("what layers save inside themselves, such as the gates of an LSTM; workspaces")
  }
}
