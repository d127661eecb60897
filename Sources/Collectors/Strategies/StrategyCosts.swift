import Profiles

/// What an operator costs under an assignment of roles: times, and bytes of one device.
struct StrategyCosts {
  let training: TransformerTraining
  let mesh: DeviceMesh
  let roofline: Roofline
  let exchange: MeshExchange
  /// The pairs of tokens that look at each other in one sample, per head.
  let pairsOfSample: Double
  let hasDropout: Bool
  let isGated: Bool

  private var realBytes: Int { training.dtype.bytes }

  /// Whether samples, tokens, heads and weights can be split evenly.
  func isEven(_ operation: ShardedOperator, _ assignment: RoleAssignment) -> Bool {
    let tensor = assignment.degree(mesh, .tensor)
    let expert = assignment.degree(mesh, .expert)
    guard training.batch % assignment.degree(mesh, .data, .expert) == 0,
      training.sequence % assignment.degree(mesh, .sequence) == 0,
      operation.parts.allSatisfy({ $0 % tensor == 0 })
    else { return false }
    // Layouts cut queries, keys and values in one piece.
    guard operation.inputWidth % tensor == 0 || operation.inputWidth == 0 else { return false }
    if case .experts(let experts) = operation.kind, experts.count % expert != 0 { return false }
    return true
  }

  /// One device's share of the work and its sizes.
  func strategy(_ operation: ShardedOperator, _ assignment: RoleAssignment) -> StageStrategy {
    let tokens =
      training.batch / assignment.degree(mesh, .data, .expert) * training.sequence
      / assignment.degree(mesh, .sequence)
    let tensor = assignment.degree(mesh, .tensor)
    let work = work(of: operation, tokens: tokens, tensor: tensor, assignment)
    let state = WeightState(operation, assignment, self)
    // With partial sums each device has all values, else its part.
    let outputWidth =
      operation.output(assignment).partialAxes.isEmpty
      ? operation.outputWidth / (operation.output(assignment).dimensions[2].isEmpty ? 1 : tensor)
      : operation.outputWidth
    let readsParts = !operation.input(assignment).dimensions[2].isEmpty
    let inputBytes = tokens * operation.inputWidth / (readsParts ? tensor : 1) * realBytes
    let outputBytes = tokens * outputWidth * realBytes
    let isKept = work.keepsOutput && !operation.endsStage
    // A product by columns may have to gather its input.
    let gathered = tensor > 1 && !readsParts ? inputBytes : 0
    let transient = work.keepsOutput || operation.endsStage ? 0 : outputBytes
    return StageStrategy(
      id: assignment.title,
      forwardMicroseconds: work.forward + state.gatherMicroseconds,
      backwardMicroseconds: work.backward + state.gatherMicroseconds,
      synchronizationMicroseconds: state.synchronizationMicroseconds,
      parameterBytes: state.parameterBytes, gradientBytes: state.gradientBytes,
      optimizerStateBytes: state.optimizerStateBytes,
      savedBytes: work.savedBytes + (isKept ? outputBytes : 0), outputBytes: outputBytes,
      forwardWorkspaceBytes: gathered + transient + work.workspaceBytes
        + state.forwardWorkspaceBytes,
      backwardWorkspaceBytes: gathered + inputBytes + outputBytes + work.workspaceBytes
        + state.backwardWorkspaceBytes)
  }

  // MARK: Work

  /// Times and sizes of one operator's work, weights aside.
  private struct Work {
    var forward: Double
    var backward: Double
    /// Whether others need the output in the backward pass.
    var keepsOutput: Bool
    /// What it keeps besides.
    var savedBytes = 0
    var workspaceBytes = 0
  }

  private func work(
    of operation: ShardedOperator, tokens: Int, tensor: Int, _ assignment: RoleAssignment
  ) -> Work {
    let hidden = Double(tokens * operation.outputWidth)
    switch operation.kind {
    case .embedding:
      let bytes = 2 * hidden * Double(realBytes)
      return Work(
        forward: kernel(0, bytes), backward: kernel(0, 1.5 * bytes), keepsOutput: true)
    case .norm:
      let bytes = hidden * Double(realBytes)
      return Work(
        forward: kernel(5 * hidden, 2 * bytes), backward: kernel(8 * hidden, 3 * bytes),
        keepsOutput: true, savedBytes: tokens * 4)
    case .add:
      let bytes = hidden * Double(realBytes)
      let mask = hasDropout ? tokens * operation.outputWidth : 0
      return Work(
        forward: kernel(hidden * (hasDropout ? 3 : 1), 3 * bytes + Double(mask)),
        backward: hasDropout ? kernel(hidden, 2 * bytes + Double(mask)) : 0, keepsOutput: true,
        savedBytes: mask)
    case .columns:
      return product(tokens, operation.inputWidth, operation.outputWidth / tensor, isKept: true)
    case .rows:
      return product(tokens, operation.inputWidth / tensor, operation.outputWidth, isKept: false)
    case .attention(let attention):
      return self.attention(attention, tokens: tokens, tensor: tensor, assignment)
    case .activation:
      let own = Double(tokens * operation.outputWidth / tensor)
      let read = Double(tokens * operation.inputWidth / tensor)
      let bytes = (read + own) * Double(realBytes)
      return Work(
        forward: kernel(8 * own, bytes),
        backward: kernel(8 * own, bytes + read * Double(realBytes)),
        keepsOutput: true)
    case .experts(let experts):
      return self.experts(
        experts, hidden: operation.inputWidth, tokens: tokens, tensor: tensor, assignment)
    case .loss:
      let scores = tokens * (operation.inputWidth / tensor)
      let both = Double(scores) * Double(realBytes + 4)
      // Maximum, sum of exponentials and the label's score of each token, in 32 bits.
      let sums = exchange.allReduce(12 * Double(tokens), along: assignment.axes(.tensor))
      return Work(
        forward: kernel(5 * Double(scores), both) + sums,
        backward: kernel(3 * Double(scores), both), keepsOutput: false, savedBytes: 4 * scores)
    }
  }

  private func kernel(_ flops: Double, _ bytes: Double, isProduct: Bool = false) -> Double {
    roofline.microseconds(flops: flops, bytes: bytes, usesMatrixUnits: isProduct)
  }

  private func productMicroseconds(_ rows: Int, _ inputs: Int, _ outputs: Int) -> Double {
    let (rows, inputs, outputs) = (Double(rows), Double(inputs), Double(outputs))
    let bytes = (rows * inputs + inputs * outputs + rows * outputs) * Double(realBytes)
    return kernel(2 * rows * inputs * outputs, bytes, isProduct: true)
  }

  private func product(_ rows: Int, _ inputs: Int, _ outputs: Int, isKept: Bool) -> Work {
    let time = productMicroseconds(rows, inputs, outputs)
    return Work(forward: time, backward: 2 * time, keepsOutput: isKept)
  }

  /// Flash attention. Where the sequence is shared, each device gathers the keys and values of all tokens, in
  /// the backward pass again, and the gradients of these are scattered.
  private func attention(
    _ attention: GroupedAttention, tokens: Int, tensor: Int, _ assignment: RoleAssignment
  ) -> Work {
    let (heads, keys) = (attention.heads / tensor, attention.keyHeads / tensor)
    let width = attention.headWidth
    let shares = assignment.degree(mesh, .sequence)
    let samples = training.batch / assignment.degree(mesh, .data, .expert)
    let pairs = pairsOfSample * Double(samples) / Double(shares)
    let flops = 4 * Double(heads) * pairs * Double(width)
    let own = tokens * heads * width
    let both = 2 * tokens * shares * keys * width * realBytes
    let traffic = Double(2 * own * realBytes + both)
    let axes = assignment.axes(.sequence)
    let gather = exchange.allGather(Double(both), along: axes)
    let rotary = 4 * Double(tokens * (heads + keys) * width)
    let turned = 2 * Double(tokens * (heads + keys) * width * realBytes)
    let rotation = kernel(rotary, turned)
    return Work(
      forward: kernel(flops, traffic, isProduct: true) + gather + rotation,
      backward: kernel(2.5 * flops, 2 * traffic, isProduct: true) + gather + rotation
        + exchange.reduceScatter(Double(both), along: axes),
      keepsOutput: true, savedBytes: tokens * heads * 4, workspaceBytes: shares > 1 ? both : 0)
  }

  /// Router, products of the visited experts, and the tokens' way there and back; spread evenly.
  private func experts(
    _ experts: Experts, hidden: Int, tokens: Int, tensor: Int, _ assignment: RoleAssignment
  ) -> Work {
    let visits = tokens * experts.active
    let (inner, wide) = (
      experts.intermediate / tensor, (isGated ? 2 : 1) * experts.intermediate / tensor
    )
    let local = experts.count / assignment.degree(mesh, .expert)
    let weights = Double(local * (hidden * wide + inner * hidden) * realBytes)
    func products(_ inputs: Int, _ outputs: Int, _ share: Double) -> Double {
      let flops = 2 * Double(visits) * Double(inputs) * Double(outputs)
      let bytes = Double(visits * (inputs + outputs) * realBytes) + weights * share
      return kernel(flops, bytes, isProduct: true)
    }
    let share = Double(wide) / Double(wide + inner)
    let both = products(hidden, wide, share) + products(inner, hidden, 1 - share)
    let router = productMicroseconds(tokens, hidden, experts.count)
    let function = kernel(
      8 * Double(visits * inner), Double(visits * (inner + wide) * realBytes))
    let moved = visits * hidden * realBytes
    let travel = 2 * exchange.allToAll(Double(moved), along: assignment.axes(.expert))
    let shuffle = 2 * kernel(0, 2 * Double(moved))
    return Work(
      forward: router + both + function + travel + shuffle,
      backward: 2 * router + 2 * both + function + travel + shuffle, keepsOutput: false,
      savedBytes: visits * (2 * hidden + wide + inner) * realBytes + tokens * experts.count * 4,
      workspaceBytes: moved)
  }
}
