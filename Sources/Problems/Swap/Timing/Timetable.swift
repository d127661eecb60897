import Profiles

/// What happens when a device runs a planned iteration, by the rules of the execution model.
///
/// This is the planner's own implementation of the rules, written for speed; the simulator is
/// another one, and every solve compares the two.
struct Timetable: Sendable {
  /// From the end of one iteration's last operator to the end of the next one's, in microseconds.
  let iteration: Double
  /// The time in which the compute stream waits.
  let stall: Double
  /// The time of operators that run again.
  let recompute: Double
  /// The time in which kernels of codecs hold the compute stream.
  let codec: Double
  /// The largest amount of device memory in use.
  let peak: Int
  /// The largest amount of host memory in use.
  let hostPeak: Int
  /// The largest amount of NVMe room in use.
  let nvmePeak: Int
}

/// Runs planned iterations; its memory is used again from run to run.
///
/// Not for use by two threads at once.
final class TimetableRunner {
  private var run: TimetableRun
  /// How many operators were run so far, or passed over in as much time.
  private(set) var work = 0

  init(_ course: Course) { run = TimetableRun(course) }

  /// Counts work done elsewhere for the same search.
  func charge(_ amount: Int) { work += amount }

  /// Runs decisions.
  ///
  /// - Parameter limit: The run is given up as soon as the iteration must take longer.
  func run(_ decisions: [Decision], limit: Double = .infinity) -> Outcome {
    defer { work += run.work }
    return run.run(decisions, limit: limit)
  }

  /// How a run ended.
  enum Outcome {
    case finished(Timetable)
    /// Nothing could go on before some operator.
    case stuck
    /// The iteration takes longer than the limit.
    case late
  }
}
