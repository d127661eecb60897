import Profiles

extension NetworkOperator {
  func strategy(
    _ assignment: RoleAssignment, _ costs: StrategyCosts
  ) throws(CollectorError) -> StageStrategy {
    let share = Double(assignment.degree(costs.mesh, .data, .tensor, .rows))
    let (read, made) = (input(assignment), output(assignment))
    func bytes(_ extent: Extent, _ layout: TensorLayout) -> Int {
      extent.bytes(of: layout, on: costs.mesh)
    }
    let operandBytes = zip(operands, places).map { operand, place in
      switch place {
      case .flow: bytes(operand, read)
      case .weight(let position):
        bytes(operand, self.place(of: weights[position], assignment).layout)
      case .constant: bytes(operand, .replicated(rank: operand.shape.count))
      }
    }
    let outputBytes = outputs.map { bytes($0, made) }
    let savedBytes = saved.map { bytes($0, made) }
    func time(_ flops: Double, _ bytes: Int, _ usesMatrixUnits: Bool) -> Double {
      costs.roofline.microseconds(
        flops: flops / share, bytes: Double(bytes), usesMatrixUnits: usesMatrixUnits)
    }
    let state = WeightState(self, assignment, costs)
    let forward =
      isView
      ? 0 : time(flops, operandBytes.reduce(0, +) + outputBytes.reduce(0, +), usesMatrixUnits)
    var backward = 0.0
    for step in steps {
      let reads =
        step.operands.reduce(0) { $0 + operandBytes[$1] }
        + step.outputs.reduce(0) { $0 + outputBytes[$1] }
        + step.saved.reduce(0) { $0 + savedBytes[$1] }
      let writes = step.gradients.reduce(0) { $0 + operandBytes[$1] }
      backward += time(step.flops, outputBytes[0] + reads + writes, step.usesMatrixUnits)
    }
    let flowing = zip(operandBytes, places).reduce(0) { $1.1 == .flow ? $0 + $1.0 : $0 }
    // Further outputs, such as the mask of a dropout, are kept where the derivative reads them.
    let kept = Set(steps.flatMap(\.outputs)).filter { $0 > 0 }.reduce(0) { $0 + outputBytes[$1] }
    let isTransient = !isView && !keepsOutput && !endsStage
    return StageStrategy(
      id: assignment.title, forwardMicroseconds: forward + state.gatherMicroseconds,
      backwardMicroseconds: backward + state.gatherMicroseconds,
      synchronizationMicroseconds: state.synchronizationMicroseconds,
      parameterBytes: state.parameterBytes, gradientBytes: state.gradientBytes,
      optimizerStateBytes: state.optimizerStateBytes,
      savedBytes: (steps.isEmpty ? 0 : savedBytes.reduce(0, +)) + kept
        + (keepsOutput ? outputBytes[0] : 0) + (keepsNetworkInput ? flowing : 0),
      outputBytes: outputBytes[0],
      forwardWorkspaceBytes: (isTransient ? outputBytes[0] : 0) + state.forwardWorkspaceBytes,
      backwardWorkspaceBytes: (isView || steps.isEmpty ? 0 : flowing + outputBytes[0])
        + state.backwardWorkspaceBytes)
  }
}

extension NetworkOperator.Extent {
  /// The bytes of one device's part. Tensors of another rank, such as statistics, and dimensions that don't
  /// divide, such as those of extent 1 that are repeated, are whole on every device.
  func bytes(of layout: TensorLayout, on mesh: DeviceMesh) -> Int {
    let isAlike = shape.count == layout.dimensions.count
    var count = 1
    for (dimension, extent) in shape.enumerated() {
      let axes = isAlike ? layout.dimensions[dimension] : []
      let parts = axes.reduce(1) { $0 * mesh.axes[$1].size }
      count *= extent % parts == 0 ? extent / parts : extent
    }
    return count * elementBytes
  }
}
