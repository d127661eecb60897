import Allocation
import Optimization
import Plans
import Profiles
import Simulation

/// Addresses for the buffers of a planned iteration.
struct AddressPlacement {
  /// The buffers with their offsets.
  let table: BufferTable
  /// The bytes from the lowest to the highest address.
  let height: Int
  /// The most bytes in use at one time.
  let load: Int
  let capacity: Int

  /// Whether the buffers fit.
  var fits: Bool { height <= capacity }

  /// Places the buffers of the plan's steady iteration; offsets are multiples of 256, as device allocators
  /// give them.
  init(
    of plan: Plan, _ simulator: Simulator, capacity: Int, limit: SearchLimit = SearchLimit()
  ) throws {
    let result = simulator.run(plan)
    guard result.isValid else {
      throw CommandFailure(
        .validationFailed, "the simulator rejects the plan: \(result.verdict.sentence)")
    }
    let buffers = result.buffers(alignment: 256)
    let settings = AllocationSettings(
      capacity: capacity, nodeLimit: 200_000, timeLimit: limit.secondsLeft)
    let answer: AllocationAnswer
    do {
      var planner = try AllocationPlanner(buffers, settings: settings)
      planner.isCancelled = { limit.cancellation?.isCancelled ?? false }
      answer = planner.plan()
    } catch {
      throw CommandFailure(.failure, "\(error)")
    }
    if let fault = LayoutCheck(buffers).firstFault(in: answer.layout) {
      throw CommandFailure(.validationFailed, "the check rejects the layout: \(fault)")
    }
    table = BufferTable(buffers: buffers).placed(by: answer.layout)
    height = answer.layout.height
    load = answer.peakLoad
    self.capacity = capacity
  }

  /// One line about it.
  var summary: String {
    "addresses: \(table.buffers.count) buffers in \(Quantity.bytes(height)); at least "
      + "\(Quantity.bytes(load)), the budget is \(Quantity.bytes(capacity))"
      + (fits ? "" : ": too high; planning for less memory")
  }
}
