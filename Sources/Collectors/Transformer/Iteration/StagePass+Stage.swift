import Profiles

extension StagePass {
  /// Where a stage's part of one micro-batch begins and ends.
  struct Ends {
    /// The value that came from the stage before; nil in the first stage.
    var received: Reference?
    /// The value that goes to the next stage, or the loss.
    var last: Reference
  }

  /// Adds a stage's forward operators for one micro-batch.
  mutating func runStage() -> Ends {
    let parallelism = extents.parallelism
    var stream: Reference
    var received: Reference?
    if parallelism.isFirstStage {
      stream = embed()
    } else {
      stream = value("received", [extents.ownTokens, extents.hidden])
      builder.exchange(
        name("receive"), .receive, reads: [], writes: [stream],
        bytes: builder.bytes([stream]), among: parallelism.pipeline)
      received = stream
    }
    for layer in parallelism.stageLayers(of: extents.architecture.layers) {
      stream = self.layer(layer, stream)
    }
    guard parallelism.isLastStage else {
      builder.exchange(
        name("send"), .send, reads: [stream], writes: [], bytes: builder.bytes([stream]),
        among: parallelism.pipeline)
      return Ends(received: received, last: stream)
    }
    return Ends(received: received, last: loss(of: stream))
  }

  /// Adds a stage's backward operators for one micro-batch.
  mutating func runStageBackward(_ ends: Ends) {
    let parallelism = extents.parallelism
    if !parallelism.isLastStage {
      let gradient = builder.tensor(
        "grad.\(builder.tensors[ends.last].id)", [extents.ownTokens, extents.hidden], .gradient)
      builder.exchange(
        name("receive_grad"), .receive, reads: [], writes: [gradient],
        bytes: builder.bytes([gradient]), among: parallelism.pipeline)
      setGradient(gradient, of: ends.last)
    }
    runBackward(tape)
    if let received = ends.received, let gradient = takeGradient(of: received) {
      builder.exchange(
        name("send_grad"), .send, reads: [gradient], writes: [],
        bytes: builder.bytes([gradient]), among: parallelism.pipeline)
    }
  }

  // MARK: Parts

  /// Looks up the tokens, and the positions where they are learned.
  private mutating func embed() -> Reference {
    let ids = builder.tensor(
      name("tokens"), [extents.batch, extents.sequence], .input, .int64)
    let tables = ["embedding", "positions"].flatMap { weightReferences($0) }
    let shape = [extents.tokens, extents.hidden]
    let output = value("embedding.out", shape)
    let touched = Double(1 + tables.count) * builder.bytes([output])
    compute(
      "embedding", reads: [ids] + tables, writes: [output], work: Work(bytes: touched))
    keep(
      Tape.Node(
        outputs: [output],
        steps: [
          Tape.Step(
            name: "embedding.grad", action: .compute(Work()), reads: [ids], weights: tables)
        ]))
    return collect("embedding", output)
  }

  /// A layer: attention and feed-forward part, each behind a normalisation and added to the stream.
  private mutating func layer(_ layer: Int, _ stream: Reference) -> Reference {
    guard extents.training.recompute == .full else { return layerOnce(layer, stream) }
    let outer = tape
    tape = Tape()
    let output = layerOnce(layer, stream)
    tape = outer
    tape.entries.append(
      .segment(
        Tape.Segment(output: output, again: { pass in pass.layerOnce(layer, stream) })))
    return output
  }

  private mutating func layerOnce(_ layer: Int, _ stream: Reference) -> Reference {
    let prefix = "layers.\(layer)"
    let (rows, hidden) = (extents.ownTokens, extents.hidden)
    let first = norm("\(prefix).attention_norm", stream, rows: rows, width: hidden)
    let attended = collect("\(prefix).attention", attention(prefix, first))
    let middle = add("\(prefix).attended", attended, to: stream)
    let second = norm("\(prefix).feed_forward_norm", middle, rows: rows, width: hidden)
    let fed = collect("\(prefix).feed_forward", feedForward(layer, second))
    return add("\(prefix).out", fed, to: middle)
  }

  /// Scores every token of the vocabulary; the loss is their cross entropy in 32 bits.
  private mutating func loss(of stream: Reference) -> Reference {
    let (rows, tensor) = (extents.tokens, extents.tensor)
    let normed = norm("final_norm", stream, rows: extents.ownTokens, width: extents.hidden)
    let (input, part) = spread("head", normed, width: extents.hidden)
    let columns = (extents.architecture.vocabulary + tensor - 1) / tensor
    let scores = product(
      Product(
        name: "head", outputs: [("scores", columns)], inputs: extents.hidden, rows: rows,
        weight: extents.architecture.isTied ? "embedding" : "head", gatheredFrom: part), input)[0]
    let labels = builder.tensor(
      name("labels"), [extents.batch, extents.sequence], .input, .int64)
    let logarithms = value("cross_entropy.log_softmax", [rows, columns], .float32)
    let loss = builder.tensor(name("loss"), [], .output, .float32)
    if tensor > 1 {
      // Maximum, sum of exponentials and the label's score of each token, in 32 bits.
      builder.exchange(
        name("cross_entropy.all_reduce"), .allReduce, reads: [scores], writes: [scores],
        bytes: 12 * Double(rows), among: tensor)
    }
    let elements = builder.count(scores)
    compute(
      "cross_entropy", reads: [scores, labels], writes: [logarithms, loss],
      work: Work(flops: 5 * elements))
    keep(
      Tape.Node(
        outputs: [loss],
        steps: [
          Tape.Step(
            name: "cross_entropy.grad", action: .compute(Work(flops: 3 * elements)),
            reads: [logarithms, labels], readsGradients: false, inputs: [scores])
        ]))
    setGradient(loss, of: loss)
    return loss
  }
}
