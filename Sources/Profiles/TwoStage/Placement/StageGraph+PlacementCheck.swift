extension StageGraph {
  /// Checks that layouts are those of their tensors on the mesh, that nodes and shardings have as many
  /// strategies and weights, and that the bytes of each strategy's weights are those of its layouts.
  ///
  /// The mesh, nodes and edges have been checked.
  func checkPlacement(at path: JSONPath, into faults: inout FaultList) {
    guard let placement else {
      for (index, node) in nodes.enumerated()
      where node.sharding != nil || !node.weights.isEmpty || !node.borrowed.isEmpty {
        faults.add(
          path["nodes"][index], "the node places tensors, but the section has no key placement",
          "add placement, or remove sharding, weights and borrows")
      }
      return
    }
    let place = path["placement"]
    let devices: DeviceMesh
    do throws(LayoutError) {
      devices = try deviceMesh()
    } catch {
      return faults.add(path["mesh"], error.problem, error.remedy)
    }
    faults.checkName(placement.dtype, at: place["dtype"])
    faults.checkName(placement.optimizer, at: place["optimizer"])
    for (key, bytes, least) in [
      ("element_bytes", placement.elementBytes, 1),
      ("state_bytes_per_element", placement.stateBytesPerElement, 0),
    ] where !(least...1024).contains(bytes) {
      faults.add(place[key], "\(bytes) bytes are out of range", "write \(least) to 1024")
    }
    let found = faults.count
    for (index, sharding) in placement.shardings.enumerated() {
      check(sharding, on: devices, at: place["shardings"][index], into: &faults)
    }
    for (index, way) in placement.ways.enumerated() {
      for layout in [way.ends.source, way.ends.target] {
        check(layout, of: way.ends.tensor, on: devices, at: place["ways"][index], into: &faults)
      }
      if way.steps.count > 64 {
        faults.add(
          place["ways"][index]["steps"], "\(way.steps.count) steps are too many",
          "write at most 64")
      }
    }
    guard faults.count == found else { return }
    checkNodes(placement, on: devices, at: path["nodes"], into: &faults)
  }

  /// The mesh as layouts see it.
  ///
  /// - Throws: `LayoutError` where it has more axes or devices than layouts can have.
  package func deviceMesh() throws(LayoutError) -> DeviceMesh {
    var axes: [DeviceMesh.Axis] = []
    for (axis, size) in mesh.shape.enumerated() {
      axes.append(
        DeviceMesh.Axis(
          size: size, latencyMicroseconds: mesh.latencyMicroseconds[axis],
          gbPerSecond: mesh.gbPerSecond[axis]))
    }
    return try DeviceMesh(axes: axes)
  }

  private func check(
    _ sharding: NodeSharding, on devices: DeviceMesh, at path: JSONPath,
    into faults: inout FaultList
  ) {
    faults.checkName(sharding.id, at: path["id"])
    var weights: [MeshTensor] = []
    for (index, shape) in sharding.weights.enumerated() {
      do throws(LayoutError) {
        weights.append(
          try MeshTensor(shape: shape, elementBytes: placement?.elementBytes ?? 1))
      } catch {
        faults.add(path["weights"][index], error.problem, error.remedy)
        return
      }
    }
    // 1024 bytes of states for each element still count as sizes do.
    let most = FaultList.maximumBytes / 1024
    var rest = most
    for (index, weight) in weights.enumerated() {
      guard weight.bytes <= rest else {
        faults.add(
          path["weights"][index], "the weights take more than \(most) bytes",
          "check the extents, or make several nodes")
        return
      }
      rest -= weight.bytes
    }
    for (index, strategy) in sharding.strategies.enumerated() {
      let place = path["strategies"][index]
      if let output = sharding.output {
        for (key, layout) in [
          ("output", strategy.output), ("output_gradient", strategy.outputGradient),
        ] {
          check(layout, of: output, on: devices, at: place[key], into: &faults)
        }
      }
      for (number, exchange) in strategy.exchanges.enumerated() {
        let at = place["exchanges"][number]
        check(exchange.layout, of: exchange.tensor, on: devices, at: at["layout"], into: &faults)
        check(axes: exchange.axes, on: devices, at: at["axes"], into: &faults)
      }
      guard strategy.weights.count == weights.count else {
        faults.add(
          place["weights"],
          "\(strategy.weights.count) places are not one for each of \(weights.count) weights",
          "write one for each weight")
        continue
      }
      for (number, weight) in strategy.weights.enumerated() {
        let at = place["weights"][number]
        check(weight.layout, of: weights[number], on: devices, at: at["layout"], into: &faults)
        check(axes: weight.copies, on: devices, at: at["copies"], into: &faults)
        for axis in weight.copies where weight.layout.dimensions.joined().contains(axis) {
          faults.add(at["copies"], "axis \(axis) splits the weight", "leave it out")
        }
      }
    }
  }

  private func check(
    _ layout: TensorLayout, of tensor: MeshTensor, on devices: DeviceMesh,
    at path: @autoclosure () -> JSONPath, into faults: inout FaultList
  ) {
    do throws(LayoutError) {
      try tensor.check(layout, on: devices)
    } catch {
      faults.add(path(), error.problem, error.remedy)
    }
  }

  private func check(
    axes: [Int], on devices: DeviceMesh, at path: @autoclosure () -> JSONPath,
    into faults: inout FaultList
  ) {
    let isAscending = zip(axes, axes.dropFirst()).allSatisfy { $0 < $1 }
    if !isAscending || axes.contains(where: { !devices.axes.indices.contains($0) }) {
      faults.add(
        path(), "\(axes) are not axes of the mesh in ascending order",
        "count axes from 0 to \(devices.axes.count - 1), each once")
    }
  }

  // MARK: - Nodes

  private func checkNodes(
    _ placement: StagePlacement, on devices: DeviceMesh, at path: JSONPath,
    into faults: inout FaultList
  ) {
    var names: [String: Int] = [:]
    let lent = lentWeights
    // Bytes of weights by sharding, then strategy: layers share them.
    var sizes: [Int: [WeightBytes]] = [:]
    for (index, node) in nodes.enumerated() {
      guard let position = node.sharding, placement.shardings.indices.contains(position) else {
        faults.add(
          path[index], "the node names no sharding, but the section has a key placement",
          "add the name of one of placement.shardings, or remove placement")
        return
      }
      let sharding = placement.shardings[position]
      guard sharding.strategies.count == node.strategies.count else {
        faults.add(
          path[index]["sharding"],
          "\(JSON.quoted(sharding.id)) places \(sharding.strategies.count) strategies, the node has "
            + "\(node.strategies.count)", "write one for each strategy, in the same order")
        continue
      }
      guard sharding.weights.count == node.weights.count else {
        faults.add(
          path[index]["weights"],
          "\(node.weights.count) names are not one for each of \(sharding.weights.count) weights of "
            + JSON.quoted(sharding.id), "write one name for each weight")
        continue
      }
      for (number, name) in node.weights.enumerated() {
        faults.checkName(name, at: path[index]["weights"][number])
        if let other = names.updateValue(index, forKey: name) {
          faults.add(
            path[index]["weights"][number],
            "\(JSON.quoted(name)) is the name of a weight of nodes[\(other)] too",
            "give each weight a name of its own")
        }
      }
      check(borrowedBy: index, owners: names, at: path[index]["borrows"], into: &faults)
      let isLent = node.weights.map(lent.contains)
      let lends = isLent.contains(true)
      let expected =
        (lends ? nil : sizes[position])
        ?? sharding.strategies.map {
          WeightBytes($0, sharding.weights, isLent, placement, devices)
        }
      if !lends { sizes[position] = expected }
      for (number, strategy) in node.strategies.enumerated() {
        let (at, own) = (path[index]["strategies"][number], expected[number])
        for (key, bytes, wanted) in [
          ("parameter_bytes", strategy.parameterBytes, own.parameters),
          ("gradient_bytes", strategy.gradientBytes, own.gradients),
          ("optimizer_state_bytes", strategy.optimizerStateBytes, own.states),
        ] where bytes != wanted {
          faults.add(
            at[key], "\(bytes) bytes are not the \(wanted) that the layouts of its weights leave",
            "correct the size or placement.shardings[\(position)].strategies[\(number)]")
        }
      }
    }
  }
}

extension StageGraph {
  /// The names of all weights that another node than their own uses, too.
  package var lentWeights: Set<String> { Set(nodes.flatMap(\.borrowed)) }

  /// Checks that a node uses weights of earlier nodes that take the same strategy as it.
  private func check(
    borrowedBy index: Int, owners: [String: Int], at path: JSONPath, into faults: inout FaultList
  ) {
    var seen: Set<String> = []
    for (number, name) in nodes[index].borrowed.enumerated() {
      guard let owner = owners[name], owner != index else {
        faults.add(
          path[number], "no earlier node has a weight \(JSON.quoted(name))",
          "name a weight of a node that stands before")
        continue
      }
      if !seen.insert(name).inserted {
        faults.add(path[number], "\(JSON.quoted(name)) stands twice", "name it once")
      }
      if (nodes[index].leader ?? index) != (nodes[owner].leader ?? owner) {
        faults.add(
          path[number],
          "\(JSON.quoted(name)) belongs to \(JSON.quoted(nodes[owner].id)), whose strategy may be another",
          "let this node follow \(JSON.quoted(nodes[nodes[owner].leader ?? owner].id))")
      }
    }
  }
}

/// What the weights of one strategy take on each device.
private struct WeightBytes {
  var parameters = 0
  var gradients = 0
  var states = 0

  init(
    _ strategy: StrategySharding, _ shapes: [[Int]], _ isLent: [Bool],
    _ placement: StagePlacement, _ devices: DeviceMesh
  ) {
    for (index, (weight, shape)) in zip(strategy.weights, shapes).enumerated() {
      let own = weight.bytes(
        shape: shape, zeroStage: strategy.zeroStage, elementBytes: placement.elementBytes,
        stateBytesPerElement: placement.stateBytesPerElement, isLent: isLent[index], on: devices)
      parameters += own.parameter
      gradients += own.gradient
      states += own.optimizerState
    }
  }
}

extension WeightSharding {
  /// Returns what a weight, its gradient and the optimizer's states take on each device.
  ///
  /// Of a weight with `n` elements in a device's part, each of `N` copies keeps `⌈n/N⌉` of what ZeRO's stage
  /// shares: states from 1 on, gradients from 2 on, the weight itself at 3. The gradient of a weight that another
  /// node uses, too, stays whole from that one's backward pass to its owner's, so that it is added up once.
  package func bytes(
    shape: [Int], zeroStage: Int, elementBytes: Int, stateBytesPerElement: Int,
    isLent: Bool = false, on devices: DeviceMesh
  ) -> (parameter: Int, gradient: Int, optimizerState: Int) {
    let parts = layout.dimensions.joined().reduce(1) { $0 * devices.axes[$1].size }
    let count = shape.reduce(1, *) / parts
    let copies = copies.reduce(1) { $0 * devices.axes[$1].size }
    let share = (count + copies - 1) / copies
    return (
      (zeroStage >= 3 ? share : count) * elementBytes,
      (zeroStage >= 2 && !isLent ? share : count) * elementBytes,
      (zeroStage >= 1 ? share : count) * stateBytesPerElement
    )
  }
}
