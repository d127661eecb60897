import Profiles

extension StrategyCosts {
  /// The layouts of an operator under an assignment, and what its devices exchange.
  func sharding(
    _ operation: ShardedOperator, _ assignment: RoleAssignment
  ) throws(CollectorError) -> StrategySharding {
    StrategySharding(
      input: operation.input(assignment), output: operation.output(assignment),
      inputGradient: operation.inputGradient(assignment),
      outputGradient: operation.outputGradient(assignment),
      keepsOutput: operation.keepsOutput, zeroStage: assignment.zero.rawValue,
      weights: operation.weights.map {
        WeightSharding(layout: assignment.layout(of: $0), copies: assignment.copies(of: $0))
      }, exchanges: try exchanges(operation, assignment))
  }

  /// What devices exchange within an operator.
  ///
  /// Where attention shares the sequence, each device gathers the keys and values of all tokens, in the
  /// backward pass again, and the gradients of these are scattered. Tokens go to their experts and back in both
  /// passes. A loss over parts of the words adds up, in 32 bits, each token's maximum, sum of exponentials and
  /// label's score.
  ///
  /// - Throws: `option` where a tensor is too large to count.
  func exchanges(
    _ operation: ShardedOperator, _ assignment: RoleAssignment
  ) throws(CollectorError) -> [StageExchange] {
    let samples = assignment.axes(.data, .expert)
    let sequence = assignment.axes(.sequence)
    let tensor = assignment.axes(.tensor)
    var list: [StageExchange] = []
    switch operation.kind {
    case .attention(let attention) where !sequence.isEmpty:
      let whole = try self.tensor(
        2 * attention.keyHeads * attention.headWidth, of: training.dtype.bytes)
      let layout = TensorLayout(dimensions: [samples, [], tensor])
      for (pass, kind) in [
        (StageExchange.Pass.forward, CollectiveKind.allGather), (.backward, .allGather),
        (.backward, .reduceScatter),
      ] {
        list.append(
          StageExchange(pass: pass, kind: kind, axes: sequence, tensor: whole, layout: layout))
      }
    case .experts(let experts) where !assignment.axes(.expert).isEmpty:
      let whole = try self.tensor(experts.active * operation.inputWidth, of: training.dtype.bytes)
      let layout = TensorLayout(dimensions: [samples, sequence, []])
      for pass in [StageExchange.Pass.forward, .forward, .backward, .backward] {
        list.append(
          StageExchange(
            pass: pass, kind: .allToAll, axes: assignment.axes(.expert), tensor: whole,
            layout: layout))
      }
    case .loss where !tensor.isEmpty:
      list.append(
        StageExchange(
          pass: .forward, kind: .allReduce, axes: tensor, tensor: try self.tensor(3, of: 4),
          layout: TensorLayout(dimensions: [samples, sequence, []])))
    default: break
    }
    return list
  }

  /// A tensor of samples × tokens × values.
  func tensor(_ width: Int, of bytes: Int) throws(CollectorError) -> MeshTensor {
    do throws(LayoutError) {
      return try MeshTensor(
        shape: [training.batch, training.sequence, width], elementBytes: bytes)
    } catch {
      throw .option(name: "batch", problem: error.problem, remedy: error.remedy)
    }
  }
}

extension ShardedOperator {
  /// Whether the backward pass needs the output, and the stage doesn't hand it on.
  var keepsOutput: Bool {
    if endsStage { return false }
    return switch kind {
    case .embedding, .norm, .add, .columns, .attention, .activation: true
    case .rows, .experts, .loss: false
    }
  }
}

extension MeshExchange {
  /// How long an exchange within an operator takes.
  func microseconds(of item: StageExchange, on mesh: DeviceMesh) -> Double {
    let bytes = Double(item.tensor.bytes(of: item.layout, on: mesh) ?? item.tensor.bytes)
    return switch item.kind {
    case .allGather: allGather(bytes, along: item.axes)
    case .allReduce: allReduce(bytes, along: item.axes)
    case .reduceScatter: reduceScatter(bytes, along: item.axes)
    case .allToAll: allToAll(bytes, along: item.axes)
    }
  }
}
