import Optimization
import Plans
import Profiles

/// The swap problem as a mixed-integer program.
///
/// The program relaxes the execution model: copies are fluids that may be split and reordered, and a
/// plan's stalls may lie anywhere. Whatever the execution model can do with the same choices
/// satisfies every row, so the program's bound is a bound of all such plans.
///
/// Units: milliseconds and mebibytes. *Moments* are the starts and ends of operators at which memory
/// is short, a gap begins or a gap ends.
///
/// Variables
/// - `swap[g]`: gap *g* is spent on the host
/// - `recompute[g,c]`: gap *g* is emptied and refilled by chain *c*; `keep` is what is left of 1
/// - `out[m]`, `back[m]`: what has been copied to the host, and what has begun to be copied back, by
///   moment *m*
/// - `delay[m]`: by how much stalls and chains have put off moment *m*
/// - `away[g,m]`: gap *g* is emptied at a moment so near to an end of the gap that the copy needs a stall
/// - `early[h,k]`: gap *h* is spent on the host, and its tensor returns before operator *k* for a chain
/// - `released[m]`, `due[m]`, `dropped[m]`: running sums that keep the rows short
/// - `boundary_pending`, `boundary_away`, `boundary_begun`: what of the gaps over the boundary is still to be
///   copied to the host when an iteration begins, is away, and has begun to be copied back
///
/// Where gaps lie over the boundary, the variables are means over many iterations: every row is linear,
/// so the means keep it, and the bound is one of the mean iteration's time.
///
/// - `nvme[g]`, `write[m]`, `read[m]` and their `boundary_` amounts, where the host's memory may be short: see
///   `addNVMe`
///
/// Objective: all operators' time and the delay of the last moment.
///
/// A chain may read a tensor that was moved, if its copy back comes early enough. Two forms of the program treat
/// that differently, see `Anchors`.
struct SwapFormulation {
  let instance: SwapInstance
  /// What is said about tensors that chains read.
  let anchorForm: Anchors
  var model: Model
  /// The variable of each gap's swap; nil if it can't be moved.
  var swap: [Variable?] = []
  /// The variable of each gap's stay on NVMe; empty where NVMe is not offered.
  var nvme: [Variable?] = []
  /// The variables of each gap's codecs; empty where none is offered.
  var codec: [[Variable]] = []
  /// The flows of encoded tensors.
  let flows: CodedFlows
  /// For how long kernels may have encoded, and must have encoded, so far.
  var encodable = LinearExpression()
  var encodingDue = LinearExpression()
  /// The variables of each gap's chains.
  var recompute: [[Variable]] = []

  /// The gaps whose tensors may return early for a chain before each operator.
  var earlyReturns: [Int: [EarlyReturn]] = [:]
  /// The variable of the last early return of each gap that has one.
  var lastEarly: [Int: Variable] = [:]

  /// The moments' variables by number: `2k` is the start, `2k + 1` the end of operator *k*.
  var timeline: [Int: Moment] = [:]
  /// The variables that say whether a tensor is away near an end of its gap.
  var edges: [Variable] = []
  /// The amounts of gaps over the boundary; nil where there are none.
  var boundary: Boundary?
  /// The rows that say how much must be away, with their operators.
  var memoryRows: [(row: Int, step: Int)] = []
  /// The rows of the links, with the moments before and at which they count.
  var linkRows: [(out: Int, back: Int, before: Moment?, now: Moment)] = []
  /// When each operator starts if nothing stalls, and when the last one ends, in microseconds.
  let clock: [Double]
  /// Rows that a plan keeps only if it doesn't move the tensor of a gap, by gap.
  var strictRows: [Int: [Int]] = [:]
  /// Whether tensors are left out of the program.
  let hasMinor: Bool
  /// The rows that tensors left out would be in.
  var minorRows = MinorRows()
  /// What raw copies, and encoded ones by flow, must have begun to take again so far.
  var dueSum = LinearExpression()
  var codedDue: [LinearExpression] = []
  /// When to give up.
  let limit: SearchLimit
  /// Whether the limit came first: the program then lacks rows, and can't be used.
  var isCutOff = false

  /// Whether all plans keep all rows, so that the program's own bound is one of all plans.
  var isRelaxation: Bool { strictRows.isEmpty && !hasMinor }

  static let mebibyte = 1_048_576.0

  /// How the program treats tensors that chains read and that may be moved.
  enum Anchors {
    /// They may return early, with a variable for each moment at which a chain may need them.
    case returning
    /// They stay. That says more than the execution model does, so the bound is lowered by what the duals say these
    /// rows could be worth. The program is a third of the size, and its relaxation takes a quarter of the time.
    case staying
  }

  init(_ instance: SwapInstance, anchors: Anchors? = nil, limit: SearchLimit = SearchLimit()) {
    self.instance = instance
    self.limit = limit
    hasMinor = instance.gaps.contains { $0.isMinor && $0.bytes > 0 }
    anchorForm = anchors ?? (instance.isLarge ? .staying : .returning)
    model = Model(name: "swap")
    flows = CodedFlows(instance)
    codedDue = [LinearExpression](repeating: LinearExpression(), count: flows.rates.count)
    var clock = [0.0]
    for duration in instance.durations { clock.append(clock[clock.count - 1] + duration) }
    self.clock = clock
    addChoices()
    if !isCutOff { addTimeAndMemory() }
    if isCutOff { return }
    if instance.offersNVMe { addNVMe() }
  }

  mutating func stops() -> Bool {
    isCutOff = isCutOff || limit.isReached
    return isCutOff
  }

  func size(of gap: Int) -> Double { Double(instance.gaps[gap].bytes) / Self.mebibyte }
}
