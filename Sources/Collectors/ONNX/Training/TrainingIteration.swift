import Profiles

extension IterationBuilder {
  /// Adds the whole iteration: forward pass, loss, backward pass, optimizer.
  ///
  /// - Returns: The assumptions that were made on the way.
  mutating func addIteration(file: String) throws(CollectorError) -> [String] {
    let state = addForwardPass()
    guard let output = network.outputs.first(where: { state.needsGradient.contains($0) }) else {
      throw .invalid(
        file: file, place: "the graph",
        problem: "no output depends on a parameter, so there is nothing to train",
        remedy: "export the network with its weights as initialisers")
    }
    var notes: [String] = []
    let loss = addLoss(on: output, &notes)
    let gradients = addBackwardPass(from: output, loss, state)
    addOptimizer(gradients)
    if network.outputs.count > 1 {
      notes.append("the loss is taken on the output '\(output)' alone")
    }
    return notes
  }

  // MARK: Loss

  /// Adds the loss and its gradient, and returns the gradient of the network's output.
  ///
  /// Softmax cross entropy for a matrix (the output's own softmax is used where it ends in one),
  /// else the mean.
  private mutating func addLoss(on output: String, _ notes: inout [String]) -> String {
    guard let value = network.values[output], let scores = tensor(of: output),
      let scalar = Value([], .real)
    else { return "" }
    let work = Double(value.count)
    let loss = addTensor("loss", scalar, .output)
    guard value.shape.count == 2, let labelShape = Value([value.shape[0]], .int64) else {
      notes.append("loss: the mean of '\(output)', whose shape isn't (batch, classes)")
      addOperator(
        "mean_loss", .forward, reads: [scores], writes: [loss], flops: work, isRecomputable: true)
      let gradient = addTensor("grad.\(output)", value, .gradient)
      addOperator("mean_loss.grad", .backward, reads: [], writes: [gradient], flops: work)
      return gradient
    }
    let labels = addTensor("labels", labelShape, .input)
    let last = network.nodes.last { $0.node.outputs.contains(output) }?.node.type
    if last == "Softmax" || last == "LogSoftmax" {
      notes.append("loss: negative log likelihood of the final softmax")
      addOperator(
        "nll_loss", .forward, reads: [scores, labels], writes: [loss],
        flops: Double(value.shape[0]), isRecomputable: true)
      let gradient = addTensor("grad.\(output)", value, .gradient)
      addOperator(
        "nll_loss.grad", .backward, reads: [scores, labels], writes: [gradient], flops: work)
      return gradient
    }
    notes.append("loss: softmax cross entropy of '\(output)'")
    let logarithms = addTensor("cross_entropy.log_softmax", value, .activation)
    addOperator(
      "cross_entropy", .forward, reads: [scores, labels], writes: [logarithms, loss],
      flops: 5 * work, isRecomputable: true)
    let gradient = addTensor("grad.\(output)", value, .gradient)
    addOperator(
      "cross_entropy.grad", .backward, reads: [logarithms, labels], writes: [gradient],
      flops: 4 * work)
    return gradient
  }

  // MARK: Optimizer

  /// Adds one operator per trained parameter, in the order in which the forward pass uses them.
  private mutating func addOptimizer(_ gradients: [String: PendingGradient]) {
    var updated: Set<String> = []
    for name in network.nodes.flatMap(\.node.inputs) where updated.insert(name).inserted {
      guard let value = network.values[name], value.isTrainable,
        let gradient = gradients[name], let parameter = tensor(of: name)
      else { continue }
      let states = optimizer.states.map {
        addTensor("\($0).\(name)", value, .optimizerState)
      }
      addOperator(
        "\(optimizer.prefix).\(name)", .optimizer,
        reads: [gradient.tensor, parameter] + states, writes: [parameter] + states,
        flops: optimizer.flopsPerElement * Double(value.count))
    }
  }
}
