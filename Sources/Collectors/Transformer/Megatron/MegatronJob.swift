/// A training job of a GPT model as Megatron-LM runs it.
public struct MegatronJob: Sendable, Hashable {
  /// The layers of the model.
  public var layers: Int
  /// The width of the residual stream.
  public var hidden: Int
  /// The heads of the attention.
  public var heads: Int
  /// The tokens of a sample.
  public var sequence: Int
  /// The tokens of the vocabulary.
  public var vocabulary: Int
  /// The samples of an iteration over all devices.
  public var globalBatch: Int
  /// The samples that pass through the pipeline at once.
  public var microBatch: Int
  /// The devices that share each product.
  public var tensor: Int
  /// The stages of the pipeline.
  public var pipeline: Int
  /// The copies of the model.
  public var data: Int

  /// Creates a job.
  public init(
    layers: Int, hidden: Int, heads: Int, sequence: Int, vocabulary: Int, globalBatch: Int,
    microBatch: Int, tensor: Int = 1, pipeline: Int = 1, data: Int = 1
  ) {
    self.layers = layers
    self.hidden = hidden
    self.heads = heads
    self.sequence = sequence
    self.vocabulary = vocabulary
    self.globalBatch = globalBatch
    self.microBatch = microBatch
    self.tensor = tensor
    self.pipeline = pipeline
    self.data = data
  }

  /// Checks that the numbers are positive and divide each other.
  func check() throws(CollectorError) {
    let numbers = [
      ("layers", layers), ("hidden", hidden), ("heads", heads), ("sequence", sequence),
      ("vocabulary", vocabulary), ("global batch", globalBatch), ("micro batch", microBatch),
      ("tensor-parallel", tensor), ("pipeline-parallel", pipeline), ("data-parallel", data),
    ]
    for (name, number) in numbers where !(1...ConfigReader.maximumExtent).contains(number) {
      throw .option(
        name: name, problem: "\(number) isn't between 1 and \(ConfigReader.maximumExtent)",
        remedy: "give a whole number")
    }
    let divisions = [
      ("heads", hidden, heads), ("layers", layers, pipeline),
      ("global batch", globalBatch, microBatch * data),
    ]
    for (name, number, divisor) in divisions where number % divisor != 0 {
      throw .option(
        name: name, problem: "\(number) isn't a multiple of \(divisor)", remedy: "give a multiple")
    }
  }
}
