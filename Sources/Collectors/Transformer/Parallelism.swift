/// How a training job is shared out among devices.
public struct Parallelism: Sendable, Hashable {
  /// The devices that share each product.
  public var tensor: Int
  /// The devices that share the layers.
  public var pipeline: Int
  /// The copies of the model that share the batch.
  public var data: Int
  /// The devices among the copies that share the experts of a layer.
  public var expert: Int
  /// Whether what lies between the products is shared along the sequence too (Korthikanti et al.
  /// 2022).
  public var sharesSequence: Bool
  /// What the copies share: 0 nothing, 1 optimizer states, 2 gradients as well (ZeRO, Rajbhandari et
  /// al. 2020).
  public var zeroStage: Int
  /// The stage of the pipeline whose device the profile shows, from 0.
  public var stage: Int
  /// The parts of a copy's batch that pass through the pipeline one after another.
  public var microBatches: Int

  /// Creates a sharing; one device unless said otherwise.
  public init(
    tensor: Int = 1, pipeline: Int = 1, data: Int = 1, expert: Int = 1,
    sharesSequence: Bool = false, zeroStage: Int = 0, stage: Int = 0, microBatches: Int = 1
  ) {
    self.tensor = tensor
    self.pipeline = pipeline
    self.data = data
    self.expert = expert
    self.sharesSequence = sharesSequence
    self.zeroStage = zeroStage
    self.stage = stage
    self.microBatches = microBatches
  }

  /// Whether devices exchange anything.
  var communicates: Bool { tensor > 1 || pipeline > 1 || data > 1 }

  /// Returns the layers of the stage: as even as can be, the first stages with one more.
  func stageLayers(of layers: Int) -> Range<Int> {
    let (share, rest) = layers.quotientAndRemainder(dividingBy: pipeline)
    let first = stage * share + min(stage, rest)
    return first..<(first + share + (stage < rest ? 1 : 0))
  }

  var isFirstStage: Bool { stage == 0 }
  var isLastStage: Bool { stage == pipeline - 1 }

  // MARK: Checks

  /// Checks the degrees against each other and against a model.
  func check(_ architecture: Architecture, sequence: Int) throws(CollectorError) {
    for (name, degree) in [
      ("tensor-parallel", tensor), ("pipeline-parallel", pipeline), ("data-parallel", data),
      ("expert-parallel", expert), ("micro-batches", microBatches),
    ] where !(1...65536).contains(degree) {
      throw .option(
        name: name, problem: "\(degree) isn't between 1 and 65536", remedy: "give a whole number")
    }
    try require(
      pipeline <= architecture.layers, "pipeline-parallel",
      "\(architecture.layers) layers can't fill \(pipeline) stages", "give at most one per layer")
    try require(
      (0..<pipeline).contains(stage), "stage",
      "\(stage) isn't one of \(pipeline) stages", "count from 0")
    try require(
      (0...2).contains(zeroStage), "zero", "stage \(zeroStage) isn't known", "give 0, 1 or 2")
    try require(
      !sharesSequence || tensor > 1, "sequence-parallel",
      "one device has nobody to share the sequence with", "give a tensor-parallel degree above 1")
    try require(
      !sharesSequence || sequence % tensor == 0, "seq",
      "\(sequence) tokens can't be shared by \(tensor) devices", "give a multiple of \(tensor)")
    try checkSplits(of: architecture)
    try checkExperts(of: architecture)
  }

  private func checkSplits(of architecture: Architecture) throws(CollectorError) {
    let heads = architecture.attention.heads
    try require(
      heads % tensor == 0, "tensor-parallel",
      "\(heads) attention heads can't be shared by \(tensor) devices", "give a divisor")
    if case .grouped(let attention) = architecture.attention {
      try require(
        attention.keyHeads % tensor == 0, "tensor-parallel",
        "\(attention.keyHeads) key and value heads can't be shared by \(tensor) devices",
        "give a divisor")
    }
    for feedForward in architecture.feedForward {
      let widths =
        switch feedForward {
        case .dense(let intermediate): [intermediate]
        case .experts(let experts): [experts.intermediate, experts.sharedIntermediate]
        }
      for width in widths {
        try require(
          width % tensor == 0, "tensor-parallel",
          "an inner width of \(width) can't be shared by \(tensor) devices", "give a divisor")
      }
    }
  }

  private func checkExperts(of architecture: Architecture) throws(CollectorError) {
    guard expert > 1 else { return }
    try require(
      data % expert == 0, "expert-parallel",
      "\(expert) isn't a divisor of the data-parallel degree \(data), whose devices share the experts",
      "give a divisor")
    let counts = architecture.feedForward.compactMap { feedForward -> Int? in
      if case .experts(let experts) = feedForward { experts.count } else { nil }
    }
    try require(
      !counts.isEmpty, "expert-parallel", "the model has no experts", "leave it out")
    for count in Set(counts).sorted() {
      try require(
        count % expert == 0, "expert-parallel",
        "\(count) experts can't be shared by \(expert) devices", "give a divisor")
    }
  }

  private func require(
    _ holds: Bool, _ name: String, _ problem: @autoclosure () -> String,
    _ remedy: @autoclosure () -> String
  ) throws(CollectorError) {
    if !holds { throw .option(name: name, problem: problem(), remedy: remedy()) }
  }
}
