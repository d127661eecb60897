import Profiles

/// The state of one pass through the layers: where operators go, and what is kept for gradients.
struct StagePass {
  typealias Reference = TransformerBuilder.Reference

  let extents: Extents
  var builder: TransformerBuilder
  var tape = Tape()
  /// The weights of the stage by name.
  let weights: [String: Reference]
  /// What stands before all names: the micro-batch, where there are several.
  var prefix = ""
  /// What stands behind all names: `.again` in a part that runs again.
  var suffix = ""
  /// Whether the operators belong to the backward pass.
  var runsAgain = false
  private(set) var gradients: [Reference: Reference] = [:]
  /// The gradients of weights, which live until the optimizer has used them.
  var weightGradients: [Reference: Reference] = [:]

  init(extents: Extents, builder: TransformerBuilder, weights: [String: Reference]) {
    self.extents = extents
    self.builder = builder
    self.weights = weights
  }

  var phase: Profiles.Operator.Phase { runsAgain ? .backward : .forward }

  func name(_ name: String) -> String { prefix + name + suffix }

  /// Adds a value of the forward pass.
  mutating func value(
    _ base: String, _ shape: [Int], _ element: TransformerBuilder.Element = .real
  ) -> Reference {
    builder.tensor(name(base), shape, .activation, element)
  }

  /// Adds a forward operator.
  mutating func compute(
    _ base: String, reads: [Reference], writes: [Reference], work: Work
  ) {
    builder.compute(name(base), phase, reads: reads, writes: writes, work: work)
  }

  mutating func keep(_ node: Tape.Node) { tape.entries.append(.node(node)) }

  // MARK: Backward

  /// Sets the gradient of a value that comes from elsewhere.
  mutating func setGradient(_ gradient: Reference, of value: Reference) {
    gradients[value] = gradient
  }

  /// Takes the gradient of a value, after which nothing is known of it.
  mutating func takeGradient(of value: Reference) -> Reference? {
    gradients.removeValue(forKey: value)
  }

  /// Adds the operators of a tape in reverse order.
  mutating func runBackward(_ tape: Tape) {
    for entry in tape.entries.reversed() {
      switch entry {
      case .node(let node): runBackward(node)
      case .segment(let segment): runBackward(segment)
      }
    }
  }

  private mutating func runBackward(_ segment: Tape.Segment) {
    let outer = (tape, suffix, runsAgain)
    (tape, suffix, runsAgain) = (Tape(), suffix + ".again", true)
    let output = segment.again(&self)
    let inner = tape
    (tape, suffix, runsAgain) = outer
    if let gradient = takeGradient(of: segment.output) { gradients[output] = gradient }
    runBackward(inner)
  }

  private mutating func runBackward(_ node: Tape.Node) {
    let arrived = node.outputs.compactMap { takeGradient(of: $0) }
    guard !arrived.isEmpty else { return }
    var fetched: [Reference: Reference] = [:]
    for step in node.steps {
      run(step, arrived, &fetched)
    }
    for input in node.passes { accumulate(arrived[0], of: input) }
  }

  private mutating func run(
    _ step: Tape.Step, _ arrived: [Reference], _ fetched: inout [Reference: Reference]
  ) {
    let reads = (step.readsGradients ? arrived : []) + step.reads.map { fetched[$0] ?? $0 }
    let made = step.inputs.map { ($0, gradient(like: $0)) }
    let title = name(step.name)
    switch step.action {
    case .compute(let work):
      let (sums, weights) = weightTargets(step.weights)
      builder.compute(
        title, .backward, reads: reads + sums, writes: made.map(\.1) + weights, work: work)
    case .exchange(let exchange, let bytes, let count):
      builder.exchange(
        title, exchange, reads: reads, writes: made.map(\.1), bytes: bytes, among: count)
    case .exchangeInPlace(let exchange, let bytes, let count):
      builder.exchange(
        title, exchange, reads: arrived, writes: arrived, bytes: bytes, among: count)
    case .fetch(let exchange, let bytes, let count, let value):
      let shape = builder.tensors[value].shape ?? []
      let copy = builder.tensor(name("\(step.name).value"), shape)
      fetched[value] = copy
      builder.exchange(title, exchange, reads: reads, writes: [copy], bytes: bytes, among: count)
    }
    for (input, gradient) in made { accumulate(gradient, of: input) }
  }

  /// Adds a part to a gradient: in place into the earlier part, which nothing reads any more once a
  /// second one arrives.
  private mutating func accumulate(_ part: Reference, of value: Reference) {
    guard let earlier = gradients[value] else {
      gradients[value] = part
      return
    }
    builder.compute(
      "add_\(builder.tensors[earlier].id)", .backward, reads: [earlier, part], writes: [earlier],
      work: Work(flops: builder.count(earlier)))
  }

  private mutating func gradient(like value: Reference) -> Reference {
    let tensor = builder.tensors[value]
    return builder.tensor("grad.\(tensor.id)", tensor.shape ?? [], .gradient)
  }

  /// The gradients of weights: made by the first product that has a part in them, added to by others.
  private mutating func weightTargets(
    _ weights: [Reference]
  ) -> (sums: [Reference], targets: [Reference]) {
    var sums: [Reference] = []
    var targets: [Reference] = []
    for weight in weights {
      if let earlier = weightGradients[weight] {
        sums.append(earlier)
        targets.append(earlier)
      } else {
        let made = gradient(like: weight)
        weightGradients[weight] = made
        targets.append(made)
      }
    }
    return (sums, targets)
  }
}
