import Profiles

/// One training iteration of a transformer on one device.
struct TransformerIteration {
  typealias Reference = TransformerBuilder.Reference

  let extents: Extents
  private var pass: StagePass
  /// The weights of the stage in the order of their use.
  private let weights: [(weight: Weight, reference: Reference)]

  private init(extents: Extents, builder: TransformerBuilder) {
    self.extents = extents
    var builder = builder
    let parallelism = extents.parallelism
    let weights = TransformerIteration.stageWeights(extents).map { weight in
      let part = weight.part(
        tensorParallel: parallelism.tensor, expertParallel: parallelism.expert)
      return (weight: weight, reference: builder.tensor(weight.name, part, .parameter))
    }
    self.weights = weights
    pass = StagePass(
      extents: extents, builder: builder,
      weights: Dictionary(
        weights.map { ($0.weight.name, $0.reference) }, uniquingKeysWith: { first, _ in first }))
  }

  /// Returns a builder that holds the whole iteration.
  static func build(_ extents: Extents, _ builder: TransformerBuilder) -> TransformerBuilder {
    var iteration = TransformerIteration(extents: extents, builder: builder)
    iteration.addMicroBatches()
    iteration.addOptimizer()
    return iteration.pass.builder
  }

  /// The weights of the stage that the profile shows.
  static func stageWeights(_ extents: Extents) -> [Weight] {
    let (architecture, parallelism) = (extents.architecture, extents.parallelism)
    var weights: [Weight] = []
    if parallelism.isFirstStage {
      weights.append(architecture.embedding)
      if let positions = architecture.positions { weights.append(positions) }
    }
    for layer in parallelism.stageLayers(of: architecture.layers) {
      weights += architecture.weights(ofLayer: layer)
    }
    if parallelism.isLastStage {
      weights += architecture.norm("final_norm", architecture.hidden)
      // The last stage of a tied model has a copy of the embedding.
      if !(architecture.isTied && parallelism.isFirstStage) { weights.append(architecture.head) }
    }
    return weights
  }

  // MARK: Schedule

  /// Runs the micro-batches one forward, one backward (Narayanan et al. 2021): a stage starts as many
  /// as there are stages behind it before it turns the first one round.
  private mutating func addMicroBatches() {
    let parallelism = extents.parallelism
    let count = parallelism.microBatches
    let ahead = min(count, parallelism.pipeline - 1 - parallelism.stage)
    var started: [(ends: StagePass.Ends, tape: Tape)] = []
    for index in 0..<(count + ahead) {
      if index < count {
        pass.prefix = prefix(index)
        pass.tape = Tape()
        let ends = pass.runStage()
        started.append((ends, pass.tape))
      }
      if index >= ahead {
        let finished = index - ahead
        pass.prefix = prefix(finished)
        pass.tape = started[finished].tape
        pass.runStageBackward(started[finished].ends)
        started[finished].tape = Tape()
      }
    }
    pass.prefix = ""
  }

  private func prefix(_ index: Int) -> String {
    extents.parallelism.microBatches > 1 ? "m\(index)." : ""
  }

  // MARK: Optimizer

  /// Sums the gradients over the copies of the model and changes the weights.
  private mutating func addOptimizer() {
    let parallelism = extents.parallelism
    var shares: [Reference: Reference] = [:]
    for group in groups where parallelism.data > 1 {
      addSum(of: group, &shares)
    }
    if extents.architecture.isTied, parallelism.pipeline > 1,
      parallelism.isFirstStage || parallelism.isLastStage,
      let (_, embedding) = weights.first(where: { $0.weight.name == "embedding.weight" }),
      let gradient = shares[embedding] ?? pass.weightGradients[embedding]
    {
      pass.builder.exchange(
        "sum.tied_embedding", .allReduce, reads: [gradient], writes: [gradient],
        bytes: pass.builder.bytes([gradient]), among: 2)
    }
    for (weight, reference) in weights { addUpdate(of: weight, reference, shares) }
    if parallelism.zeroStage > 0 {
      for group in groups where group.copies > 1 {
        let members = group.members.map(\.reference)
        pass.builder.exchange(
          "gather.\(group.name)", .allGather, reads: members, writes: members,
          bytes: pass.builder.bytes(members), among: group.copies)
      }
    }
  }

  /// Weights whose gradients are summed in one exchange.
  private struct Group {
    var name: String
    /// The copies of these weights.
    var copies: Int
    var members: [(weight: Weight, reference: Reference)]
  }

  /// One group per layer and number of copies, and one for what lies outside of the layers.
  private var groups: [Group] {
    var groups: [Group] = []
    for member in weights {
      let parts = member.weight.name.split(separator: ".")
      let isOfLayer = parts.count > 1 && parts[0] == "layers"
      let name =
        (isOfLayer ? parts.prefix(2).joined(separator: ".") : "ends")
        + (member.weight.isOfExperts ? ".experts" : "")
      let copies = copies(of: member.weight)
      if let index = groups.firstIndex(where: { $0.name == name }) {
        groups[index].members.append(member)
      } else {
        groups.append(Group(name: name, copies: copies, members: [member]))
      }
    }
    return groups
  }

  private func copies(of weight: Weight) -> Int {
    extents.parallelism.data / (weight.isOfExperts ? extents.parallelism.expert : 1)
  }

  private mutating func addSum(of group: Group, _ shares: inout [Reference: Reference]) {
    guard group.copies > 1 else { return }
    let gradients = group.members.compactMap { pass.weightGradients[$0.reference] }
    let bytes = pass.builder.bytes(gradients)
    guard extents.parallelism.zeroStage >= 2 else {
      pass.builder.exchange(
        "sum.\(group.name)", .allReduce, reads: gradients, writes: gradients, bytes: bytes,
        among: group.copies)
      return
    }
    let parts = group.members.map { member in
      let part = pass.builder.tensor(
        "grad_share.\(member.weight.name)", share(of: member.reference, group.copies), .gradient)
      shares[member.reference] = part
      return part
    }
    pass.builder.exchange(
      "sum.\(group.name)", .reduceScatter, reads: gradients, writes: parts, bytes: bytes,
      among: group.copies)
  }

  /// The elements of a copy's share of a weight, rounded up.
  private func share(of weight: Reference, _ copies: Int) -> [Int] {
    let count = Value.count(of: pass.builder.tensors[weight].shape ?? []) ?? 0
    return [(count + copies - 1) / copies]
  }

  private mutating func addUpdate(
    of weight: Weight, _ reference: Reference, _ shares: [Reference: Reference]
  ) {
    let optimizer = extents.training.optimizer
    let hasMaster = extents.training.hasMasterWeights
    guard let gradient = shares[reference] ?? pass.weightGradients[reference] else { return }
    let copies = copies(of: weight)
    let isShared = extents.parallelism.zeroStage > 0 && copies > 1
    let whole = pass.builder.tensors[reference].shape ?? []
    let shape = isShared ? share(of: reference, copies) : whole
    let names = (hasMaster ? ["master"] : []) + optimizer.states
    let states = names.map {
      pass.builder.tensor(
        "\($0).\(weight.name)", shape, .optimizerState, hasMaster ? .float32 : .real)
    }
    let count = Double(Value.count(of: shape) ?? 0)
    let realBytes = Double(extents.training.dtype.bytes)
    // Gradient read, weight written (and read, where there is no copy), states read and written.
    let touched = count * realBytes * (hasMaster ? 2 : 3) + 2 * pass.builder.bytes(states)
    pass.builder.compute(
      "\(optimizer.prefix).\(weight.name)", .optimizer, reads: [gradient, reference] + states,
      writes: [reference] + states,
      work: Work(flops: optimizer.flopsPerElement * count, bytes: touched))
  }
}
