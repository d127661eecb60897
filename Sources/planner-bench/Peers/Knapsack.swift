import Foundation
import Optimization
import Profiles

/// What PyTorch's partitioner decides: which saved activations to keep within a share of their bytes,
/// so that the least time goes into making the others again.
///
/// Bytes stand for memory there; when they are in use doesn't matter.
struct Knapsack: Codable {
  /// The sizes as shares of all, as PyTorch gives them to its solvers.
  var memory: [Double] = []
  /// What it takes to make each one again, in microseconds.
  var runtime: [Double] = []
  let budget: Double
  /// The tensors' names.
  var tensors: [String] = []

  /// Takes the activations that the backward pass of a profile reads.
  init(_ profile: Profile, budget: Double) {
    self.budget = budget
    let storages = Storages(of: profile)
    var sizes: [Int] = []
    for storage in storages.all {
      guard let producer = storage.producer, let last = storage.lastAccess, storage.bytes > 0,
        profile.operators[producer].phase == .forward,
        profile.operators[producer].isRecomputable,
        profile.operators[last].phase == .backward
      else { continue }
      sizes.append(storage.bytes)
      tensors.append(storage.tensor.id)
      runtime.append(profile.operators[producer].durationMicroseconds)
    }
    let total = Double(sizes.reduce(0, +))
    memory = sizes.map { Double($0) / total }
  }

  /// The knapsack as an integer program.
  var model: Model {
    var model = Model(name: "knapsack", sense: .maximize)
    var time = LinearExpression()
    var size = LinearExpression()
    for item in memory.indices {
      let isKept = model.addBinary("kept[\(item)]")
      time.add(runtime[item] / 1e3, isKept)
      size.add(memory[item] * 1e3, isKept)
    }
    model.addRow("size", size, atMost: budget * 1e3)
    model.setObjective(time)
    return model
  }

  /// The file for the script.
  func encoded() throws -> [UInt8] { Array(try JSONEncoder().encode(self)) }
}
