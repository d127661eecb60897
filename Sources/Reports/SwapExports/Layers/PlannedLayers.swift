import Plans
import Profiles
import Simulation

/// What a plan of swaps does to the results that each layer of a model keeps for its backward pass: the view of
/// programs that copy or run again whole layers.
///
/// Layers are told by the operators' names: the first whole number after a word, as in `layers.3.up` and
/// `model.h.3.attn`. A result that an operator of another layer reads in the forward pass is what is handed on: it is
/// the input that a layer which runs again begins with, and counts apart.
struct PlannedLayers {
  /// What mostly happens to a layer's results while they wait.
  enum Fate: Hashable {
    case stays
    case leaves
    case runsAgain
  }

  /// One layer, with bytes of results that wait for the backward pass.
  struct Layer {
    var waiting = 0
    var swapped = 0
    var again = 0

    /// What happens to more than half of the bytes.
    var fate: Fate {
      if 2 * again > waiting { return .runsAgain }
      return 2 * swapped > waiting ? .leaves : .stays
    }

    /// The bytes to which something else happens than to most.
    var others: Int {
      switch fate {
      case .stays: swapped + again
      case .leaves: waiting - swapped
      case .runsAgain: waiting - again
      }
    }
  }

  /// By position; 0 is the first.
  private(set) var layers: [Layer]
  /// Results outside of layers that don't stay.
  private(set) var movedOutside: [String] = []
  /// What is handed on between layers and is copied to the host, or made again.
  private(set) var movedBetween: [String] = []
  /// Those of them that are copied.
  private(set) var copiedBetween: [String] = []
  /// The copies to the host and back that the plan has for results that wait.
  private(set) var swaps = 0

  /// - Throws: `Failure` where no operator names a layer.
  init(_ report: SwapReport) throws(SwapExport.Failure) {
    let operators = report.profile.operators
    let storages = report.storages
    let numbers = operators.map { Self.layer(of: $0.id) }
    let forward = operators.indices.filter { operators[$0].phase == .forward }
    let known = Set(forward.compactMap { numbers[$0] }).sorted()
    guard !known.isEmpty else {
      throw SwapExport.Failure(
        description:
          "operators: none of the forward pass names a layer, as 'layers.0.up' does, and the form speaks of layers; "
          + "use perfetto, pytorch-eager or another form that names operators")
    }
    let position = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
    layers = known.map { _ in Layer() }
    for decision in report.decisions {
      guard let storage = storages.indexByTensor[decision.tensor].map({ storages.all[$0] }),
        !storage.tensor.isPersistent, let after = storages.operatorIndex[decision.after],
        let before = storages.operatorIndex[decision.before], operators[after].phase == .forward,
        operators[before].phase == .backward
      else { continue }
      let isKept = decision.action == .keep
      if case .swap = decision.action { swaps += 1 }
      guard let producer = storage.producer, let number = numbers[producer],
        let layer = position[number]
      else {
        if !isKept { movedOutside.append(decision.tensor) }
        continue
      }
      let isHandedOn = storage.accesses.contains {
        operators[$0].phase == .forward && numbers[$0] != number
      }
      if isHandedOn {
        if !isKept { movedBetween.append(decision.tensor) }
        if case .swap = decision.action { copiedBetween.append(decision.tensor) }
        continue
      }
      layers[layer].waiting += storage.bytes
      switch decision.action {
      case .keep: break
      case .swap: layers[layer].swapped += storage.bytes
      case .recompute: layers[layer].again += storage.bytes
      }
    }
  }

  /// The number of the layer that a name tells of.
  static func layer(of name: String) -> Int? {
    let parts = name.split { $0 == "." || $0 == "/" }
    for (word, number) in zip(parts, parts.dropFirst()) where Int(word) == nil {
      if let number = Int(number), number >= 0 { return number }
    }
    return nil
  }

  /// The positions of the layers with a fate.
  func positions(_ fate: Fate) -> [Int] { layers.indices.filter { layers[$0].fate == fate } }

  // MARK: - Differences

  /// What a program that treats the first layers alike, and the others as well, does otherwise than the plan.
  ///
  /// - Parameters:
  ///   - fate: What happens to the first layers there; the others stay.
  ///   - count: How many they are.
  ///   - program: What it is called.
  func losses(first count: Int, _ fate: Fate, in program: String) -> [String] {
    var losses: [String] = []
    func verb(_ fate: Fate) -> String { fate == .runsAgain ? "run again" : "leave" }
    let wanted = positions(fate)
    if wanted != Array(0..<count) {
      losses.append(
        "mostly \(verb(fate)) in the plan: layers \(Self.words(wanted)); \(program) takes the first \(count)"
      )
    }
    let other: Fate = fate == .runsAgain ? .leaves : .runsAgain
    let rest = positions(other)
    if !rest.isEmpty {
      losses.append(
        "mostly \(verb(other)) in the plan: layers \(Self.words(rest)); \(program) keeps them on the device"
      )
    }
    for own in [Fate.stays, fate] {
      let mixed = positions(own).filter { layers[$0].others > 0 }
      guard !mixed.isEmpty else { continue }
      let bytes = mixed.reduce(0) { $0 + layers[$1].others }
      let all = mixed.reduce(0) { $0 + layers[$1].waiting }
      losses.append(
        "\(Quantity.bytes(bytes)) of \(Quantity.bytes(all)) that wait in layers \(Self.words(mixed)): the plan treats them otherwise than the rest of their layer, which "
          + (own == .stays ? "stays on the device" : own == .runsAgain ? "runs again" : "leaves"))
    }
    if let first = movedOutside.first {
      losses.append(
        "\(Quantity.count(movedOutside.count, "result")) outside of layers, the first '\(first)': they stay on the device"
      )
    }
    return losses
  }

  /// What is handed on between layers and doesn't stay in the plan, as a loss.
  var lossBetween: [String] {
    movedBetween.first.map {
      [
        "\(Quantity.count(movedBetween.count, "result")) handed on between layers, the first '\($0)': they stay on the device"
      ]
    } ?? []
  }

  /// Positions as words: `0…3, 7`.
  static func words(_ positions: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for position in positions {
      if let last = runs.last, last.upperBound + 1 == position {
        runs[runs.count - 1] = last.lowerBound...position
      } else {
        runs.append(position...position)
      }
    }
    let words = runs.prefix(6).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)…\($0.upperBound)"
    }
    let rest = runs.dropFirst(6).reduce(0) { $0 + $1.count }
    return words.isEmpty
      ? "none" : words.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
