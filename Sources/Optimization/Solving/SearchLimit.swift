/// When a search has to end: at a moment, when someone asks for it, or only by itself.
///
/// Long loops look at it in each round. Without a moment and a flag it is never reached, so that it changes
/// nothing about what they find.
public struct SearchLimit: Sendable {
  /// The moment; nil for none.
  public var deadline: ContinuousClock.Instant?
  /// The flag of whoever may ask for the end; nil for nobody.
  public var cancellation: Cancellation?

  /// Creates a limit.
  public init(deadline: ContinuousClock.Instant? = nil, cancellation: Cancellation? = nil) {
    self.deadline = deadline
    self.cancellation = cancellation
  }

  /// Creates a limit so many seconds from now; nil for no moment.
  public init(seconds: Double?, cancellation: Cancellation? = nil) {
    // More than a year would be beyond what clocks count in.
    let moment = seconds.map { ContinuousClock.now + .seconds(min(max(0, $0), 1e8)) }
    self.init(deadline: moment, cancellation: cancellation)
  }

  /// Whether the search has to end.
  public var isReached: Bool {
    if let cancellation, cancellation.isCancelled { return true }
    guard let deadline else { return false }
    return ContinuousClock.now >= deadline
  }

  /// The wall time left, in seconds, at least a hundredth; nil without a moment.
  public var secondsLeft: Double? {
    deadline.map { max(0.01, ($0 - ContinuousClock.now) / .seconds(1)) }
  }

  /// Returns the limit with the moment put off by some seconds.
  public func later(by seconds: Double) -> SearchLimit {
    SearchLimit(deadline: deadline.map { $0 + .seconds(seconds) }, cancellation: cancellation)
  }

  /// Returns options that keep to the limit, as far as the engine can.
  public func options(for solver: any Solver) -> SolveOptions {
    var options = SolveOptions(timeLimit: secondsLeft)
    if solver.capabilities.features.contains(.cancellation) { options.cancellation = cancellation }
    return options
  }

  /// Tells the one who may ask for the end that there is an answer now that is worth waiting for.
  public func noteAnswer() { cancellation?.noteAnswer() }
}
