import Plans
import Profiles
import Simulation

/// A Python module that carries a plan out in PyTorch's eager mode.
///
/// Swaps are hooks on saved tensors, operators that run again a policy of selective checkpoints; inside a checkpointed
/// function hooks on saved tensors don't see what it saves, so a plan with both loses its swaps.
struct EagerModule {
  /// The module's source.
  let bytes: [UInt8]
  /// What it can't express, in sentences.
  let losses: [String]

  init(_ report: SwapReport) throws(SwapExport.Failure) {
    let results = try SavedResults(report)
    var losses = results.losses
    var swaps = results.swaps
    if !results.again.isEmpty {
      if !swaps.isEmpty {
        losses.append(
          SavedResults.sentence(
            "stay on the device: a selective checkpoint saves its results itself",
            swaps.map { report.storages.all[$0.storage].tensor.id }))
        swaps = []
      }
      if results.momentsAgain > 1 {
        losses.append(
          "the plan runs operators again at \(results.momentsAgain) moments; a checkpoint does when the backward pass "
            + "first asks, all of them up to the last that it asks for")
      }
      let known = Set(results.again + results.saved)
      let others = report.profile.operators.indices.filter {
        report.profile.operators[$0].phase == .forward && !known.contains($0)
      }
      if !others.isEmpty {
        losses.append(
          "\(others.count) operators that the plan runs once, the first "
            + "'\(report.profile.operators[others[0]].id)', run again: a checkpoint runs its function again but for what it "
            + "saved")
      }
    }
    self.losses = losses
    var plan = JSONMembers()
    plan.add("profile", .string(report.profile.name))
    plan.add(
      "swaps",
      .array(
        swaps.map { swap in
          var members = JSONMembers()
          members.add("operator", results.keys[swap.producer].json)
          members.add("output", .integer(swap.output))
          members.add("prefetch", results.keys[swap.prefetch].json)
          return members.object
        }))
    plan.add("recompute", .array(results.again.map { results.keys[$0].json }))
    plan.add("save", .array(results.saved.map { results.keys[$0].json }))
    bytes = PythonTemplate.filled(PackageResources.planner_eager_py, plan: plan.object)
  }
}

/// A Python module with a solver for the activation memory budget of torch.compile, which returns a plan's sets.
struct CompileModule {
  /// The module's source.
  let bytes: [UInt8]
  /// What it can't express, in sentences.
  let losses: [String]

  init(_ report: SwapReport) throws(SwapExport.Failure) {
    let results = try SavedResults(report)
    var losses =
      results.losses + [
        "the compiler asks a solver only about operators that take long; about others it decides itself"
      ]
    if !results.swaps.isEmpty {
      losses.append(
        SavedResults.sentence(
          "stay on the device: the solver decides only what is saved",
          results.swaps.map { report.storages.all[$0.storage].tensor.id }))
    }
    self.losses = losses
    var plan = JSONMembers()
    plan.add("profile", .string(report.profile.name))
    plan.add("recompute", .array(results.again.map { results.keys[$0].json }))
    plan.add("save", .array(results.saved.map { results.keys[$0].json }))
    bytes = PythonTemplate.filled(PackageResources.planner_budget_py, plan: plan.object)
  }
}

/// A Python module with one line for the plan.
enum PythonTemplate {
  /// The line that the plan takes the place of.
  static let line = "PLAN = {}"

  /// Returns the module with a plan of texts, whole numbers, lists and objects: as JSON they are Python, too.
  static func filled(_ template: [UInt8], plan: JSON) -> [UInt8] {
    let text = String(decoding: JSONWriter.encode(plan, pretty: true), as: UTF8.self)
    let parts = String(decoding: template, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let lines = parts.map { $0 == line ? "PLAN = \(text.dropLast())" : String($0) }
    return Array(lines.joined(separator: "\n").utf8)
  }
}
