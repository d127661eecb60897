import Plans
import Profiles
import Simulation

/// The shares of a model's states that leave the device at some time in a plan of swaps, by bytes.
struct PlannedStates {
  /// Of the parameters.
  let parameters: Double
  /// Of the optimizer's states.
  let optimizer: Double
  /// The gradients that leave.
  let gradients: [String]
  /// How often states are copied to the host and back.
  let swaps: Int
  /// The type of most parameters' elements, if the profile tells it.
  let dtype: String?

  init(_ report: SwapReport) {
    let storages = report.storages
    var moved: Set<Int> = []
    var swaps = 0
    for decision in report.decisions {
      guard case .swap = decision.action, let index = storages.indexByTensor[decision.tensor],
        [.parameter, .optimizerState, .gradient].contains(storages.all[index].tensor.kind)
      else { continue }
      moved.insert(index)
      swaps += 1
    }
    func share(_ kind: Tensor.Kind) -> Double {
      let all = storages.all.filter { $0.tensor.kind == kind }
      let total = all.reduce(0.0) { $0 + Double($1.bytes) }
      let part = all.filter { moved.contains($0.index) }.reduce(0.0) { $0 + Double($1.bytes) }
      return total > 0 ? part / total : 0
    }
    self.swaps = swaps
    parameters = share(.parameter)
    optimizer = share(.optimizerState)
    gradients = storages.all.filter { $0.tensor.kind == .gradient && moved.contains($0.index) }
      .map(\.tensor.id)
    var bytes: [String: Int] = [:]
    for storage in storages.all where storage.tensor.kind == .parameter {
      if let dtype = storage.tensor.dtype { bytes[dtype, default: 0] += storage.bytes }
    }
    dtype = bytes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// What a program loses that updates states on the host which the plan copies back, and that copies when it sees fit.
  ///
  /// - Parameters:
  ///   - program: What it is called.
  ///   - others: Copies besides those of states that it makes.
  func losses(in program: String, others: Int = 0) -> [String] {
    var losses: [String] = []
    if optimizer > 0 {
      losses.append(
        "\(program) can't copy optimizer states back for an update on the device; the "
          + "\(Quantity.percent(optimizer)) that the plan copies are updated on the host instead")
    }
    if let first = gradients.first {
      losses.append(
        "\(Quantity.count(gradients.count, "gradient")) that leave, the first '\(first)': \(program) has them where it "
          + "updates the parameters")
    }
    if swaps + others > 0 {
      losses.append(
        "the schedule: when each of \(Quantity.count(swaps + others, "tensor")) leaves and comes back; \(program) "
          + "decides itself")
    }
    return losses
  }
}
