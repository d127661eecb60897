extension StagePass {
  /// A product with a weight: `tokens × inputs` by `inputs × outputs`.
  struct Product {
    var name: String
    /// The extents of the outputs, which share the product's columns.
    var outputs: [(name: String, width: Int)]
    var inputs: Int
    var rows: Int
    /// Where the weight is looked up.
    var weight: String
    /// Where sequence parallelism gathered the input: the part that this device keeps.
    var gatheredFrom: Reference?
  }

  /// Adds a product and what its gradients take: one product for the input, one for the weight.
  mutating func product(_ product: Product, _ input: Reference) -> [Reference] {
    let used = weightReferences(product.weight)
    let columns = product.outputs.reduce(0.0) { $0 + Double($1.width) }
    let flops = 2 * Double(product.rows) * Double(product.inputs) * columns
    let outputs = product.outputs.map { value($0.name, [product.rows, $0.width]) }
    compute(product.name, reads: [input] + used, writes: outputs, work: .product(flops))
    var steps: [Tape.Step] = []
    if let part = product.gatheredFrom {
      steps.append(
        Tape.Step(
          name: "\(product.name).gather_again",
          action: .fetch(
            .allGather, bytes: builder.bytes([input]), among: extents.tensor, of: input),
          reads: [part], readsGradients: false))
    }
    steps.append(
      Tape.Step(
        name: "\(product.name).grad_input", action: .compute(.product(flops)),
        reads: Array(used.prefix(1)), inputs: [input]))
    steps.append(
      Tape.Step(
        name: "\(product.name).grad_weight", action: .compute(.product(flops)), reads: [input],
        weights: used))
    keep(Tape.Node(outputs: outputs, steps: steps))
    return outputs
  }

  /// A product with one output.
  mutating func product(
    _ name: String, _ input: Reference, rows: Int, inputs: Int, outputs: Int,
    gatheredFrom: Reference? = nil
  ) -> Reference {
    product(
      Product(
        name: name, outputs: [("\(name).out", outputs)], inputs: inputs, rows: rows, weight: name,
        gatheredFrom: gatheredFrom), input)[0]
  }

  /// The weight of a product and its bias.
  func weightReferences(_ name: String) -> [Reference] {
    ["\(name).weight", "\(name).bias"].compactMap { weights[$0] }
  }

  /// Adds a function of each element that keeps its input.
  mutating func function(
    _ name: String, _ input: Reference, shape: [Int], flopsPerElement: Double
  ) -> Reference {
    let output = value("\(name).out", shape)
    let flops = flopsPerElement * builder.count(input)
    compute(name, reads: [input], writes: [output], work: Work(flops: flops))
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "\(name).grad", action: .compute(Work(flops: flops)), reads: [input],
            inputs: [input])
        ]))
    return output
  }

  /// Adds a normalisation of each token, which keeps its input and a 32-bit statistic per token: two
  /// with a mean.
  mutating func norm(_ name: String, _ input: Reference, rows: Int, width: Int) -> Reference {
    let used = weightReferences(name)
    let output = value("\(name).out", [rows, width])
    let statistics = used.count > 1 ? ["mean", "rstd"] : ["rstd"]
    let kept = statistics.map { value("\(name).\($0)", [rows], .float32) }
    let elements = builder.count(input)
    compute(
      name, reads: [input] + used, writes: [output] + kept, work: Work(flops: 5 * elements))
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "\(name).grad", action: .compute(Work(flops: 8 * elements)),
            reads: [input] + kept + used.prefix(1), inputs: [input], weights: used)
        ]))
    return output
  }

  /// Adds a branch to the residual stream, with dropout where there is one: a mask of bytes is kept.
  mutating func add(
    _ name: String, _ branch: Reference, to stream: Reference
  ) -> Reference {
    let shape = [extents.ownTokens, extents.hidden]
    let sum = value(name, shape)
    let elements = builder.count(sum)
    guard extents.architecture.hiddenDropout > 0 else {
      compute(
        "\(name)_add", reads: [stream, branch], writes: [sum], work: Work(flops: elements))
      keep(Tape.Node(outputs: [sum], passes: [stream, branch]))
      return sum
    }
    let mask = value("\(name).mask", shape, .boolean)
    compute(
      "\(name)_dropout_add", reads: [stream, branch], writes: [sum, mask],
      work: Work(flops: 3 * elements))
    keep(
      Tape.Node(
        outputs: [sum], passes: [stream],
        steps: [
          Tape.Step(
            name: "\(name)_dropout_add.grad", action: .compute(Work(flops: elements)),
            reads: [mask], inputs: [branch])
        ]))
    return sum
  }

  // MARK: Tensor parallelism

  /// Prepares the input of products that are split by columns: under sequence parallelism it is
  /// gathered; without, its gradient is summed over the devices.
  mutating func spread(
    _ name: String, _ input: Reference, width: Int
  ) -> (input: Reference, from: Reference?) {
    let count = extents.tensor
    let bytes = Double(extents.tokens) * Double(width) * Double(extents.training.dtype.bytes)
    guard count > 1 else { return (input, nil) }
    guard extents.parallelism.sharesSequence else {
      let sum = Tape.Step(
        name: "\(name).grad_all_reduce",
        action: .exchangeInPlace(.allReduce, bytes: bytes, among: count))
      keep(Tape.Node(outputs: [input], passes: [input], steps: [sum]))
      return (input, nil)
    }
    let whole = value("\(name).gathered", [extents.tokens, width])
    builder.exchange(
      self.name("\(name).all_gather"), .allGather, reads: [input], writes: [whole], bytes: bytes,
      among: count)
    let scatter = Tape.Step(
      name: "\(name).grad_reduce_scatter",
      action: .exchange(.reduceScatter, bytes: bytes, among: count), inputs: [input])
    keep(Tape.Node(outputs: [whole], steps: [scatter]))
    return (whole, input)
  }

  /// Sums the parts of a product that is split by rows.
  mutating func collect(_ name: String, _ part: Reference) -> Reference {
    let (count, bytes) = (extents.tensor, extents.hiddenBytes)
    guard count > 1 else { return part }
    if extents.parallelism.sharesSequence {
      let own = value("\(name).scattered", [extents.ownTokens, extents.hidden])
      builder.exchange(
        self.name("\(name).reduce_scatter"), .reduceScatter, reads: [part], writes: [own],
        bytes: bytes, among: count)
      keep(
        Tape.Node(
          outputs: [own],
          steps: [
            Tape.Step(
              name: "\(name).grad_all_gather",
              action: .exchange(.allGather, bytes: bytes, among: count), inputs: [part])
          ]))
      return own
    }
    builder.exchange(
      self.name("\(name).all_reduce"), .allReduce, reads: [part], writes: [part], bytes: bytes,
      among: count)
    return part
  }
}
