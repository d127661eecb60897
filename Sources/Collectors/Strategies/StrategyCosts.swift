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
  func strategy(
    _ operation: ShardedOperator, _ assignment: RoleAssignment
  ) throws(CollectorError) -> StageStrategy {
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
    // A product by columns may have to gather its input.
    let gathered = tensor > 1 && !readsParts ? inputBytes : 0
    let transient = operation.keepsOutput || operation.endsStage ? 0 : outputBytes
    let exchanges = try self.exchanges(operation, assignment)
    func exchanged(_ pass: StageExchange.Pass) -> Double {
      exchanges.filter { $0.pass == pass }.reduce(0) {
        $0 + exchange.microseconds(of: $1, on: mesh)
      }
    }
    return StageStrategy(
      id: assignment.title,
      forwardMicroseconds: work.forward + exchanged(.forward) + state.gatherMicroseconds,
      backwardMicroseconds: work.backward + exchanged(.backward) + state.gatherMicroseconds,
      synchronizationMicroseconds: state.synchronizationMicroseconds,
      parameterBytes: state.parameterBytes, gradientBytes: state.gradientBytes,
      optimizerStateBytes: state.optimizerStateBytes,
      savedBytes: work.savedBytes + (operation.keepsOutput ? outputBytes : 0),
      outputBytes: outputBytes,
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
    /// What it keeps besides its output.
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
        forward: kernel(0, bytes), backward: kernel(0, 1.5 * bytes))
    case .norm:
      let bytes = hidden * Double(realBytes)
      return Work(
        forward: kernel(5 * hidden, 2 * bytes), backward: kernel(8 * hidden, 3 * bytes),
        savedBytes: tokens * 4)
    case .add:
      let bytes = hidden * Double(realBytes)
      let mask = hasDropout ? tokens * operation.outputWidth : 0
      return Work(
        forward: kernel(hidden * (hasDropout ? 3 : 1), 3 * bytes + Double(mask)),
        backward: hasDropout ? kernel(hidden, 2 * bytes + Double(mask)) : 0,
        savedBytes: mask)
    case .columns:
      return product(tokens, operation.inputWidth, operation.outputWidth / tensor)
    case .rows:
      return product(tokens, operation.inputWidth / tensor, operation.outputWidth)
    case .attention(let attention):
      return mixing(
        heads: attention.heads / tensor, keyHeads: attention.keyHeads / tensor,
        width: attention.headWidth, valueWidth: attention.headWidth, tokens: tokens, assignment)
    case .latentAttention(let attention):
      let heads = attention.heads / tensor
      return mixing(
        heads: heads, keyHeads: heads, width: attention.headWidth,
        valueWidth: attention.valueWidth, tokens: tokens, assignment)
    case .compression:
      // What the normalisation reads is kept besides what it makes.
      let bytes = tokens * operation.outputWidth * realBytes
      let product = product(tokens, operation.inputWidth, operation.outputWidth)
      return Work(
        forward: product.forward + kernel(5 * hidden, Double(2 * bytes)),
        backward: product.backward + kernel(8 * hidden, Double(3 * bytes)),
        savedBytes: bytes + 8 * tokens)
    case .expansion(let attention):
      let heads = attention.heads / tensor
      let queries = attention.queryRank.map { product(tokens, $0, heads * attention.headWidth) }
      let keys = product(
        tokens, attention.keyRank, heads * (attention.plainWidth + attention.valueWidth))
      // Each head's keys get the part with positions, which all heads share.
      let joined = kernel(0, Double(2 * tokens * heads * attention.headWidth * realBytes))
      return Work(
        forward: (queries?.forward ?? 0) + keys.forward + joined,
        backward: (queries?.backward ?? 0) + keys.backward + joined)
    case .activation:
      let own = Double(tokens * operation.outputWidth / tensor)
      let read = Double(tokens * operation.inputWidth / tensor)
      let bytes = (read + own) * Double(realBytes)
      return Work(
        forward: kernel(8 * own, bytes),
        backward: kernel(8 * own, bytes + read * Double(realBytes)))
    case .experts(let experts):
      return self.experts(
        experts, hidden: operation.inputWidth, tokens: tokens, tensor: tensor, assignment)
    case .loss:
      let scores = tokens * (operation.inputWidth / tensor)
      let both = Double(scores) * Double(realBytes + 4)
      return Work(
        forward: kernel(5 * Double(scores), both),
        backward: kernel(3 * Double(scores), both), savedBytes: 4 * scores)
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

  private func product(_ rows: Int, _ inputs: Int, _ outputs: Int) -> Work {
    let time = productMicroseconds(rows, inputs, outputs)
    return Work(forward: time, backward: 2 * time)
  }

  /// Flash attention. Where the sequence is shared, each device holds the keys and values of all tokens.
  private func mixing(
    heads: Int, keyHeads: Int, width: Int, valueWidth: Int, tokens: Int,
    _ assignment: RoleAssignment
  ) -> Work {
    let shares = assignment.degree(mesh, .sequence)
    let samples = training.batch / assignment.degree(mesh, .data, .expert)
    let pairs = pairsOfSample * Double(samples) / Double(shares)
    let flops = 2 * Double(heads) * pairs * Double(width + valueWidth)
    let own = tokens * heads * (width + valueWidth)
    let both = tokens * shares * keyHeads * (width + valueWidth) * realBytes
    let traffic = Double(own * realBytes + both)
    let turned = Double(tokens * (heads + keyHeads) * width)
    let rotation = kernel(4 * turned, 2 * turned * Double(realBytes))
    return Work(
      forward: kernel(flops, traffic, isProduct: true) + rotation,
      backward: kernel(2.5 * flops, 2 * traffic, isProduct: true) + rotation,
      savedBytes: tokens * heads * 4, workspaceBytes: shares > 1 ? both : 0)
  }

  /// Router, products of the visited experts, and sorting the tokens; spread evenly.
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
    let shuffle = 2 * kernel(0, 2 * Double(moved))
    return Work(
      forward: router + both + function + shuffle,
      backward: 2 * router + 2 * both + function + shuffle,
      savedBytes: visits * (2 * hidden + wide + inner) * realBytes + tokens * experts.count * 4,
      workspaceBytes: moved)
  }
}
