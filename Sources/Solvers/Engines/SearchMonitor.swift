import CEngine
import Optimization

/// Follows one search: passes on what the engine tells, and decides when the search ends.
///
/// A class, because the engine reaches it through a C pointer. Only the thread of the search uses
/// it while the search runs.
final class SearchMonitor {
  private let form: ColumnForm
  private let options: SolveOptions
  private let incumbentHandler: (([Double]) -> Void)?
  private let started: Double
  private var lastReport = -Double.infinity
  private var lastLine = ""

  /// Why the search was ended; nil while it may go on.
  private(set) var ending: Ending?
  /// The best objective so far.
  private(set) var incumbent: Double?
  /// What the objective can't be better than.
  private(set) var bound: Double?
  /// The best point that the engine told while searching.
  private(set) var point: [Double]?
  private(set) var nodes = 0

  /// What ends a search from outside the engine.
  enum Ending {
    case cancelled
    case time
    case nodes
    case gap
  }

  init(
    form: ColumnForm, options: SolveOptions, started: Double, incumbent: Double?,
    incumbentHandler: (([Double]) -> Void)?
  ) {
    self.form = form
    self.options = options
    self.started = started
    self.incumbent = incumbent
    self.incumbentHandler = incumbentHandler
  }

  /// Whether somebody asked for the points of incumbents.
  var wantsPoints: Bool { incumbentHandler != nil }

  /// Seconds since the solve began.
  var seconds: Double { engine_now() - started }

  /// Seconds until the time limit; infinite without one.
  var secondsLeft: Double { (options.timeLimit ?? .infinity) - seconds }

  /// Takes what the engine tells; true ends the search.
  func receive(_ event: engine_event) -> Bool {
    nodes = max(nodes, event.nodes)
    if event.bound.isFinite { tighten(bound: form.modelObjective(event.bound)) }
    var isNew = false
    if event.incumbent.isFinite {
      let value = form.modelObjective(event.incumbent)
      isNew = incumbent.map { form.isBetter(value, than: $0) } ?? true
      if isNew { incumbent = value }
    }
    if let values = event.point {
      let point = Array(UnsafeBufferPointer(start: values, count: form.columnCount))
      self.point = point
      incumbentHandler?(point)
    }
    let now = seconds
    if isNew || now - lastReport >= 0.25 {
      lastReport = now
      options.progressHandler?(
        SolveProgress(incumbent: incumbent, bound: bound, nodes: nodes, seconds: now))
    }
    return hasEnded
  }

  /// Whether the search shall end, or never begin.
  var hasEnded: Bool {
    ending = ending ?? newEnding(at: seconds)
    return ending != nil
  }

  private func newEnding(at now: Double) -> Ending? {
    if options.cancellation?.isCancelled ?? false { return .cancelled }
    if let incumbent, let bound, options.allowsGap(objective: incumbent, bound: bound) {
      return .gap
    }
    if let limit = options.timeLimit, now >= limit { return .time }
    if let limit = options.nodeLimit, nodes >= limit { return .nodes }
    return nil
  }

  /// Takes the library's last word, which may be ahead of its last event.
  func finish(nodes: Int, bound: Double) {
    self.nodes = max(self.nodes, nodes)
    if bound.isFinite { tighten(bound: form.modelObjective(bound)) }
    if !lastLine.isEmpty { log("\n") }
  }

  private func tighten(bound new: Double) {
    if let bound, !form.isBetter(bound, than: new) { return }
    bound = new
  }

  /// Passes the engine's words on, line by line.
  func log(_ text: String) {
    var rest = (lastLine + text)[...]
    while let end = rest.firstIndex(of: "\n") {
      options.logHandler?(String(rest[..<end]))
      rest = rest[rest.index(after: end)...]
    }
    lastLine = String(rest)
  }

  /// Calls `body` with callbacks that lead here.
  func withCallbacks<Result>(_ body: (UnsafePointer<engine_callbacks>) -> Result) -> Result {
    withExtendedLifetime(self) {
      var callbacks = engine_callbacks()
      callbacks.context = Unmanaged.passUnretained(self).toOpaque()
      callbacks.event = { context, event in
        guard let context, let event else { return 0 }
        let monitor = Unmanaged<SearchMonitor>.fromOpaque(context).takeUnretainedValue()
        return monitor.receive(event.pointee) ? 1 : 0
      }
      if options.logHandler != nil {
        callbacks.log = { context, text in
          guard let context, let text else { return }
          let monitor = Unmanaged<SearchMonitor>.fromOpaque(context).takeUnretainedValue()
          monitor.log(String(cString: text))
        }
      }
      return withUnsafePointer(to: callbacks, body)
    }
  }
}

extension SolveOptions {
  /// Whether a search may end with this objective and bound.
  func allowsGap(objective: Double, bound: Double) -> Bool {
    guard absoluteGap != nil || relativeGap != nil else { return false }
    let allowed = max(absoluteGap ?? 0, (relativeGap ?? 0) * abs(objective))
    return abs(objective - bound) <= allowed
  }
}
