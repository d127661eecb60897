extension StagePass {
  /// Adds the feed-forward part of a layer; the result is not summed over devices.
  mutating func feedForward(_ layer: Int, _ normed: Reference) -> Reference {
    let prefix = "layers.\(layer)"
    let (input, part) = spread("\(prefix).feed_forward", normed, width: extents.hidden)
    switch extents.architecture.feedForward[layer] {
    case .dense(let intermediate):
      return pair(prefix, input, width: intermediate, gatheredFrom: part)
    case .experts(let experts):
      let routed = self.experts(prefix, input, experts)
      guard experts.sharedIntermediate > 0 else { return routed }
      let shared = sharedExpert(prefix, input, experts)
      let sum = value("\(prefix).experts.sum", [extents.tokens, extents.hidden])
      compute(
        "\(prefix).experts.add_shared", reads: [routed, shared], writes: [sum],
        work: Work(flops: builder.count(sum)))
      keep(Tape.Node(outputs: [sum], passes: [routed, shared]))
      return sum
    }
  }

  /// Product, function, product.
  private mutating func pair(
    _ prefix: String, _ input: Reference, width: Int, gatheredFrom part: Reference?
  ) -> Reference {
    let (rows, hidden) = (extents.tokens, extents.hidden)
    let inner = width / extents.tensor
    let up = product(
      "\(prefix).up", input, rows: rows, inputs: hidden,
      outputs: extents.architecture.width(inner), gatheredFrom: part)
    let active = function(
      "\(prefix).activation", up, shape: [rows, inner], flopsPerElement: 6)
    return product("\(prefix).down", active, rows: rows, inputs: inner, outputs: hidden)
  }

  private mutating func sharedExpert(
    _ prefix: String, _ input: Reference, _ experts: Experts
  ) -> Reference {
    let output = pair(
      "\(prefix).shared", input, width: experts.sharedIntermediate, gatheredFrom: nil)
    guard experts.hasSharedGate else { return output }
    let gate = product(
      "\(prefix).shared.gate", input, rows: extents.tokens, inputs: extents.hidden, outputs: 1)
    let weighted = value("\(prefix).shared.weighted", [extents.tokens, extents.hidden])
    let work = Work(flops: 2 * builder.count(weighted))
    compute(
      "\(prefix).shared.weigh", reads: [output, gate], writes: [weighted], work: work)
    keep(
      Tape.Node(
        outputs: [weighted],
        steps: [
          Tape.Step(
            name: "\(prefix).shared.weigh.grad", action: .compute(work), reads: [output, gate],
            inputs: [output, gate])
        ]))
    return weighted
  }

  // MARK: Experts

  /// Sends each token to its experts, and adds up what they return. Tokens are taken to be spread
  /// evenly over experts.
  private mutating func experts(
    _ prefix: String, _ input: Reference, _ experts: Experts
  ) -> Reference {
    let (rows, hidden) = (extents.tokens, extents.hidden)
    let visits = rows.multipliedReportingOverflow(by: experts.active).partialValue
    let (gates, choice) = route(prefix, input, experts)
    let work = Work(flops: 0)
    let sorted = value("\(prefix).experts.sorted", [visits, hidden])
    compute("\(prefix).experts.sort", reads: [input, choice], writes: [sorted], work: work)
    keep(
      Tape.Node(
        outputs: [sorted],
        steps: [
          Tape.Step(
            name: "\(prefix).experts.sort.grad", action: .compute(work), reads: [choice],
            inputs: [input])
        ]))
    let arrived = exchanged("\(prefix).experts.dispatch", sorted, [visits, hidden])
    let inner = experts.intermediate / extents.tensor
    let up = product(
      "\(prefix).experts.up", arrived, rows: visits, inputs: hidden,
      outputs: extents.architecture.width(inner))
    let active = function(
      "\(prefix).experts.activation", up, shape: [visits, inner], flopsPerElement: 6)
    let down = product(
      "\(prefix).experts.down", active, rows: visits, inputs: inner, outputs: hidden)
    let back = exchanged("\(prefix).experts.return", down, [visits, hidden])
    let output = value("\(prefix).experts.out", [rows, hidden])
    let combine = Work(flops: 2 * builder.count(back))
    compute(
      "\(prefix).experts.combine", reads: [back, gates, choice], writes: [output], work: combine)
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "\(prefix).experts.combine.grad", action: .compute(combine),
            reads: [back, gates, choice], inputs: [back, gates])
        ]))
    return output
  }

  /// Scores the experts in 32 bits and chooses among them.
  private mutating func route(
    _ prefix: String, _ input: Reference, _ experts: Experts
  ) -> (gates: Reference, choice: Reference) {
    let rows = extents.tokens
    let scores = product(
      "\(prefix).router", input, rows: rows, inputs: extents.hidden, outputs: experts.count)
    let shares = value("\(prefix).router.shares", [rows, experts.count], .float32)
    let gates = value("\(prefix).router.gates", [rows, experts.active])
    let choice = value("\(prefix).router.choice", [rows, experts.active], .int64)
    let work = Work(flops: 8 * builder.count(scores))
    compute(
      "\(prefix).router.choose", reads: [scores], writes: [shares, gates, choice], work: work)
    keep(
      Tape.Node(
        outputs: [gates],
        steps: [
          Tape.Step(
            name: "\(prefix).router.choose.grad", action: .compute(work),
            reads: [shares, choice], inputs: [scores])
        ]))
    return (gates, choice)
  }

  /// Exchanges tokens between the devices that share the experts.
  private mutating func exchanged(
    _ name: String, _ tokens: Reference, _ shape: [Int]
  ) -> Reference {
    let count = extents.parallelism.expert
    guard count > 1 else { return tokens }
    let output = value("\(name).out", shape)
    let bytes = builder.bytes([tokens])
    builder.exchange(
      self.name(name), .allToAll, reads: [tokens], writes: [output], bytes: bytes, among: count)
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "\(name).grad", action: .exchange(.allToAll, bytes: bytes, among: count),
            inputs: [tokens])
        ]))
    return output
  }
}
