import Collectors
import Profiles
import Testing

@Suite("PipeDream layer graphs")
struct PipeDreamTests {
  static func profile(_ text: String, optimizer: Optimizer = .sgd) throws -> Profile {
    let device = try DeviceCatalogue.builtIn().device(named: "V100-SXM2-16GB")
    return try PipeDreamCollector(device: device, optimizer: optimizer)
      .collect(SourceFile(name: "graph.txt", bytes: Array(text.utf8)))
  }

  static func layer(
    _ name: String, _ module: String, forward: Double = 1, backward: Double = 2,
    outputs: String = "400.000", parameters: Int = 0
  ) -> String {
    "\(name) -- \(module) -- forward_compute_time=\(forward), backward_compute_time=\(backward), "
      + "activation_size=\(outputs), parameter_size=\(parameters).000\n"
  }

  static let chain =
    layer("node3", "ReLU(inplace)", forward: 0.5, backward: 0.25)
    + layer("node2", "Conv2d(3, 4, kernel_size=(3, 3))", parameters: 80)
    + layer("node1", "Input", forward: 0, backward: 0, outputs: "120.0")
    + layer("node4", "MaxPool2d(kernel_size=2)", outputs: "100.000")
    + layer("node5", "Linear(in_features=25)", outputs: "40.000", parameters: 1000)
    + "\tnode1 -- node2\n\tnode2 -- node3\n\tnode3 -- node4\n\tnode4 -- node5"

  @Test("a chain gives the iteration that one writes by hand")
  func chain() throws {
    let profile = try Self.profile(Self.chain)
    #expect(profile.validate().isEmpty)
    let lines = profile.operators.map {
      "\($0.id): \($0.reads.joined(separator: " ")) > \($0.writes.joined(separator: " "))"
    }
    #expect(
      lines == [
        "node2.Conv2d+node3.ReLU: node1 node2.parameters > node3",
        "node4.MaxPool2d: node3 > node4 node4.indices",
        "node5.Linear: node4 node5.parameters > node5",
        "loss.node5: node5 > grad.node5",
        "node5.Linear.grad: grad.node5 node4 node5.parameters > "
          + "grad.node4 grad.node5.parameters",
        "node4.MaxPool2d.grad: grad.node4 node3 node4.indices > grad.node3",
        "node3.ReLU.grad: grad.node3 node3 > grad.node2",
        "node2.Conv2d.grad: grad.node2 node1 node2.parameters > grad.node2.parameters",
        "sgd.node2: grad.node2.parameters node2.parameters > node2.parameters",
        "sgd.node5: grad.node5.parameters node5.parameters > node5.parameters",
      ])
    #expect(profile.operators.prefix(3).map(\.durationMicroseconds) == [1500, 1000, 1000])
    #expect(profile.operators.prefix(3).allSatisfy { $0.isRecomputable && $0.phase == .forward })
    #expect(profile.operators[6].durationMicroseconds == 250)
    let sizes = Dictionary(uniqueKeysWithValues: profile.tensors.map { ($0.id, $0.bytes) })
    #expect(sizes["node3"] == 400 && sizes["node4.indices"] == 200 && sizes["node2"] == nil)
    #expect(profile.tensors.first { $0.id == "node1" }?.kind == .input)
  }

  @Test("a layer that others read too isn't changed in place")
  func sharedInput() throws {
    let text =
      Self.layer("node1", "Conv2d(1, 1)", parameters: 80) + Self.layer("node2", "ReLU(inplace)")
      + Self.layer("node3", "Add") + "\tnode1 -- node2\n\tnode1 -- node3\n\tnode2 -- node3\n"
    let profile = try Self.profile(text)
    #expect(profile.validate().isEmpty)
    #expect(profile.operators.prefix(3).map(\.id) == ["node1.Conv2d", "node2.ReLU", "node3.Add"])
    let sum = profile.operators.first { $0.id == "add_grad.node1.node2" }
    #expect(sum?.reads == ["grad.node1.from.node3", "grad.node1.from.node2"])
    #expect(sum?.writes == ["grad.node1.from.node2"])
  }

  @Test("layers with several outputs are read by the output")
  func severalOutputs() throws {
    let text =
      Self.layer("node1", "LSTM(4, 4)", outputs: "[400.0; 16.0; 0.0]", parameters: 80)
      + Self.layer("node2", "__getitem__(0)", forward: 0, backward: 0)
      + Self.layer("node3", "__getitem__(1)", forward: 0, backward: 0, outputs: "16.0")
      + Self.layer("node4", "Linear(4, 4)", parameters: 64)
      + Self.layer("node5", "Concat(1)") + "\tnode1 -- node2\n\tnode1 -- node3\n"
      + "\tnode2 -- node4\n\tnode3 -- node5\n\tnode4 -- node5\n"
    let profile = try Self.profile(text, optimizer: .adam)
    #expect(profile.validate().isEmpty)
    let operators = Dictionary(uniqueKeysWithValues: profile.operators.map { ($0.id, $0) })
    #expect(operators["node4.Linear"]?.reads == ["node1[0]", "node4.parameters"])
    #expect(operators["node5.Concat"]?.reads == ["node1[1]", "node4"])
    #expect(
      operators["node1.LSTM.grad"]?.reads.sorted() == [
        "grad.node1[0]", "grad.node1[1].from.node5", "node1.parameters", "node1[0]", "node1[1]",
      ])
    #expect(operators["adam.node1"]?.reads.count == 4)
  }

  @Test("modules with dropout inside don't run again")
  func dropout() throws {
    for (module, repeats) in [
      ("Dropout(p=0.2)", false), ("Attention(  (drop): Dropout(p=0.1))", false),
      ("Attention(  (drop): Dropout(p=0))", true),
    ] {
      let text = Self.layer("node1", module, parameters: 4)
      #expect(try Self.profile(text).operators[0].isRecomputable == repeats, "\(module)")
    }
  }

  @Test("layers run in the edges' order where their numbers don't serve")
  func order() throws {
    let text =
      Self.layer("b", "Linear(1, 1)", parameters: 4) + Self.layer("a2", "ReLU()")
      + Self.layer("a1", "ReLU()") + "\tb -- a2\n\ta2 -- a1\n"
    #expect(
      try Self.profile(text).operators.prefix(3).map(\.id) == ["b.Linear", "a2.ReLU", "a1.ReLU"])
  }

  // MARK: Broken files

  @Test("broken graphs are told with their line")
  func broken() throws {
    let good = Self.layer("node1", "Linear(1, 1)", parameters: 4)
    let faults = [
      ("", "it holds no layers"),
      ("\u{0}\u{1}", "line 1: neither a layer nor an edge"),
      (good + good, "line 2: there is a layer 'node1' already"),
      (good + "\tnode1 -- node9\n", "line 2: there is no layer 'node9'"),
      (good + "\tnode1\n", "line 2: an edge doesn't have two ends"),
      (good + "\tnode1 -- node1\n", "layer node1: the edges lead round in a circle"),
      (Self.layer("n", "X", outputs: "1e300"), "activation_size: '1e300' is no size"),
      (Self.layer("n", "X", outputs: "[4.0; -1.0]"), "activation_size: ' -1.0' is no size"),
      (Self.layer("n", "X", outputs: "nan"), "activation_size: 'nan' is no size"),
      (Self.layer("n", "X", forward: .infinity), "'inf' is no time"),
      ("n -- X -- forward_compute_time=1.0\n", "activation_size is missing"),
      (
        Self.layer("n", "L", outputs: "[4.0; 4.0]", parameters: 4)
          + Self.layer("m", "__getitem__(7)") + "\tn -- m\n",
        "layer m: __getitem__(7) of a layer with 2 outputs"
      ),
    ]
    for (text, expected) in faults {
      do {
        let profile = try Self.profile(text)
        Issue.record("\(expected): taken, \(profile.operators.count) operators")
      } catch let error as CollectorError {
        #expect(error.description.contains(expected), "\(error)")
      }
    }
  }

  @Test("damaged graphs never crash", arguments: UInt64(0)..<400)
  func damaged(seed: UInt64) throws {
    let text = String(decoding: Mutation.of(Array(Self.chain.utf8), seed: seed), as: UTF8.self)
    do {
      _ = try Self.profile(text).validate()
    } catch is CollectorError {}
  }

  // MARK: Measured networks

  @Test(
    "the published graphs keep their times and sizes",
    .enabled(if: Samples.folder != nil, Samples.remedy),
    arguments: [
      ("vgg16", 251.874, 438.633, 553_430_176), ("resnet50", 201.450, 260.931, 102_228_128),
      ("densenet121", 186.489, 148.751, 31_915_424), ("gnmt", 33.533, 55.883, 775_063_680),
    ])
  func samples(name: String, forward: Double, backward: Double, parameters: Int) throws {
    let file = try Samples.file("pipedream/\(name).txt")
    let profile = try Self.profile(String(decoding: file.bytes, as: UTF8.self))
    #expect(profile.validate().isEmpty)
    let kept = profile.tensors.filter { $0.kind == .parameter }.reduce(0) { $0 + $1.bytes }
    #expect(abs(kept - parameters) <= 4096, "\(kept)")
    let total = profile.operators.reduce(0) { $0 + $1.durationMicroseconds } / 1e3
    #expect(total > forward + backward && total < (forward + backward) * 1.1, "\(total)")
    #expect(
      profile.source?.notes.contains("found: \(forward) ms forward and \(backward) ms backward")
        == true)
  }
}
