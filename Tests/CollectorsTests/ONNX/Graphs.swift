import Collectors

/// Graphs of the kinds that people export, in small.
enum Graphs {
  /// Convolution, rectifier, linear layer.
  static func small() -> GraphBuilder {
    var graph = GraphBuilder()
    graph.input("x", [1, 3, 8, 8])
    graph.weight("w", [4, 3, 3, 3])
    graph.weight("w2", [10, 256])
    graph.weight("b", [10])
    graph.node("Conv", ["x", "w"], ["c"], [ONNXAttribute("pads", [1, 1, 1, 1])])
    graph.node("Relu", ["c"], ["r"])
    graph.node("Flatten", ["r"], ["f"])
    graph.node("Gemm", ["f", "w2", "b"], ["y"], [ONNXAttribute("transB", 1)])
    graph.output("y")
    return graph
  }

  /// A residual network without weights: every parameter is a `ConstantOfShape` node, and
  /// initialisers are listed as inputs too, as in old files.
  static func residual() -> GraphBuilder {
    var graph = GraphBuilder(version: 9)
    graph.input("data", [1, 3, 32, 32])
    func weight(_ name: String, _ shape: [Int], _ graph: inout GraphBuilder) {
      graph.integers("\(name)__SHAPE", shape)
      graph.input("\(name)__SHAPE", [shape.count], elementType: 7)
      graph.node("ConstantOfShape", ["\(name)__SHAPE"], [name])
    }
    func normalized(_ input: String, _ channels: Int, _ graph: inout GraphBuilder) {
      let slots = ["scale", "shift", "mean", "variance"].map { "\(input)_\($0)" }
      for slot in slots { weight(slot, [channels], &graph) }
      graph.node("BatchNormalization", [input] + slots, ["\(input)_n"])
    }
    let same = ONNXAttribute("pads", [1, 1, 1, 1])
    let kernel = ONNXAttribute("kernel_shape", [3, 3])
    let twice = ONNXAttribute("strides", [2, 2])
    weight("w1", [8, 3, 3, 3], &graph)
    graph.node("Conv", ["data", "w1"], ["c1"], [same, kernel, twice])
    normalized("c1", 8, &graph)
    graph.node("Relu", ["c1_n"], ["r1"])
    graph.node("LRN", ["r1"], ["l1"], [ONNXAttribute("size", 5)])
    graph.node("MaxPool", ["l1"], ["p1"], [kernel, twice, same])
    weight("w2", [8, 8, 3, 3], &graph)
    graph.node("Conv", ["p1", "w2"], ["c2"], [same, kernel])
    normalized("c2", 8, &graph)
    graph.node("Sum", ["c2_n", "p1"], ["s"])
    graph.node("Relu", ["s"], ["r2"])
    graph.node("Concat", ["r2", "p1"], ["k"], [ONNXAttribute("axis", 1)])
    graph.node("Dropout", ["k"], ["d"], [ONNXAttribute("ratio", real: 0.5)])
    graph.node("AveragePool", ["d"], ["a"], [ONNXAttribute("kernel_shape", [8, 8])])
    graph.integers("rows", [1, -1])
    graph.node("Reshape", ["a", "rows"], ["v"])
    weight("w3", [10, 16], &graph)
    weight("b3", [10], &graph)
    graph.node("Gemm", ["v", "w3", "b3"], ["scores"], [ONNXAttribute("transB", 1)])
    graph.node("Softmax", ["scores"], ["y"])
    graph.output("y")
    return graph
  }

  /// A transformer block as exporters write it: the shape of the heads is computed from the
  /// input's, Gelu is spelled out, batch and sequence are dynamic.
  ///
  /// Width 8, two heads, hidden width 16.
  static func transformer() -> GraphBuilder {
    var graph = GraphBuilder()
    graph.input(
      "x", [ONNXDimension(symbol: "batch"), ONNXDimension(symbol: "sequence"), ONNXDimension(8)])
    for name in ["q", "k", "v", "o"] {
      graph.weight("w\(name)", [8, 8])
      graph.weight("b\(name)", [8])
    }
    for name in ["g1", "h1", "g2", "h2", "b2"] { graph.weight(name, [8]) }
    graph.weight("w1", [8, 16])
    graph.weight("b1", [16])
    graph.weight("w2", [16, 8])
    graph.integers("zero", [0], scalar: true)
    graph.integers("one", [1], scalar: true)
    graph.integers("front", [0])
    graph.integers("heads", [2, 4])
    graph.integers("width", [8])
    graph.scalar("root", 2)
    graph.scalar("sqrt2", 1.414)
    graph.scalar("unit", 1)
    graph.scalar("half", 0.5)
    graph.node("LayerNormalization", ["x", "g1", "h1"], ["n1"], name: "norm1")
    graph.node("Shape", ["n1"], ["shape"])
    graph.node("Gather", ["shape", "zero"], ["batch"])
    graph.node("Gather", ["shape", "one"], ["length"])
    graph.node("Unsqueeze", ["batch", "front"], ["batch1"])
    graph.node("Unsqueeze", ["length", "front"], ["length1"])
    graph.node(
      "Concat", ["batch1", "length1", "heads"], ["split"], [ONNXAttribute("axis", 0)])
    graph.node(
      "Concat", ["batch1", "length1", "width"], ["joined"], [ONNXAttribute("axis", 0)])
    for name in ["q", "k", "v"] {
      graph.node("MatMul", ["n1", "w\(name)"], ["\(name)0"], name: "project_\(name)")
      graph.node("Add", ["b\(name)", "\(name)0"], ["\(name)1"])
      graph.node("Reshape", ["\(name)1", "split"], ["\(name)2"])
      graph.node(
        "Transpose", ["\(name)2"], ["\(name)3"],
        [ONNXAttribute("perm", name == "k" ? [0, 2, 3, 1] : [0, 2, 1, 3])])
    }
    graph.node("MatMul", ["q3", "k3"], ["scores"], name: "attend")
    graph.node("Div", ["scores", "root"], ["scaled"])
    graph.node("Softmax", ["scaled"], ["weights"], [ONNXAttribute("axis", -1)])
    graph.node("MatMul", ["weights", "v3"], ["mixed"], name: "mix")
    graph.node("Transpose", ["mixed"], ["mixed1"], [ONNXAttribute("perm", [0, 2, 1, 3])])
    graph.node("Reshape", ["mixed1", "joined"], ["mixed2"])
    graph.node("MatMul", ["mixed2", "wo"], ["o0"], name: "project_o")
    graph.node("Add", ["o0", "bo"], ["o1"])
    graph.node("Add", ["x", "o1"], ["residual"])
    graph.node("LayerNormalization", ["residual", "g2", "h2"], ["n2"], name: "norm2")
    graph.node("MatMul", ["n2", "w1"], ["m0"], name: "widen")
    graph.node("Add", ["m0", "b1"], ["m1"])
    graph.node("Div", ["m1", "sqrt2"], ["m2"])
    graph.node("Erf", ["m2"], ["m3"])
    graph.node("Add", ["m3", "unit"], ["m4"])
    graph.node("Mul", ["m1", "m4"], ["m5"])
    graph.node("Mul", ["m5", "half"], ["m6"])
    graph.node("MatMul", ["m6", "w2"], ["m7"], name: "narrow")
    graph.node("Add", ["m7", "b2"], ["m8"])
    graph.node("Add", ["residual", "m8"], ["y"])
    graph.output("y")
    return graph
  }
}
