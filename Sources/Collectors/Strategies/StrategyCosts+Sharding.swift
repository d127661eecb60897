import Profiles

extension StrategyCosts {
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
      list += try gathered(2 * attention.keyHeads * attention.headWidth, assignment)
    case .latentAttention(let attention) where !sequence.isEmpty:
      list += try gathered(
        attention.heads * (attention.headWidth + attention.valueWidth), assignment)
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

  /// The exchanges of keys and values of some width where attention shares the sequence.
  private func gathered(
    _ width: Int, _ assignment: RoleAssignment
  ) throws(CollectorError) -> [StageExchange] {
    let whole = try self.tensor(width, of: training.dtype.bytes)
    let layout = TensorLayout(
      dimensions: [assignment.axes(.data, .expert), [], assignment.axes(.tensor)])
    let kinds: [(StageExchange.Pass, CollectiveKind)] = [
      (.forward, .allGather), (.backward, .allGather), (.backward, .reduceScatter),
    ]
    return kinds.map { pass, kind in
      StageExchange(
        pass: pass, kind: kind, axes: assignment.axes(.sequence), tensor: whole, layout: layout)
    }
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
    case .embedding, .norm, .add, .columns, .attention, .compression, .expansion, .latentAttention,
      .activation:
      true
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
