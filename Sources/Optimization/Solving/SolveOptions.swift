import Synchronization

/// How long and how far to search, and whom to tell.
public struct SolveOptions: Sendable {
  /// Wall time after which the best point so far is returned, in seconds.
  public var timeLimit: Double?
  /// Nodes after which the best point so far is returned; the way to repeatable answers.
  public var nodeLimit: Int?
  /// The search ends when objective and bound are this close.
  public var absoluteGap: Double?
  /// The search ends when objective and bound are this close, relative to the objective.
  public var relativeGap: Double?
  /// Memory that the engine may use, in bytes.
  public var memoryLimitBytes: Int?
  /// A point to start from, one entry for each variable; nil where unknown.
  public var warmStart: [Double?]?
  /// Receives each line that the engine logs.
  public var logHandler: (@Sendable (String) -> Void)?
  /// Receives each new incumbent and, now and then, the bound.
  public var progressHandler: (@Sendable (SolveProgress) -> Void)?
  /// Ends the search from another thread; the best point so far is returned.
  public var cancellation: Cancellation?

  /// Creates options without limits and handlers.
  public init(
    timeLimit: Double? = nil, nodeLimit: Int? = nil, absoluteGap: Double? = nil,
    relativeGap: Double? = nil, warmStart: [Double?]? = nil
  ) {
    self.timeLimit = timeLimit
    self.nodeLimit = nodeLimit
    self.absoluteGap = absoluteGap
    self.relativeGap = relativeGap
    self.warmStart = warmStart
  }
}

/// Where a search stands.
public struct SolveProgress: Sendable, Hashable {
  /// The best objective so far.
  public var incumbent: Double?
  /// What the objective can't be better than.
  public var bound: Double?
  /// How many nodes were explored.
  public var nodes: Int
  /// Seconds since the search began.
  public var seconds: Double

  /// Creates a report.
  public init(incumbent: Double?, bound: Double?, nodes: Int, seconds: Double) {
    self.incumbent = incumbent
    self.bound = bound
    self.nodes = nodes
    self.seconds = seconds
  }
}

/// A flag that ends a search from another thread.
///
/// A class, because the one who cancels and the one who searches must see the same flag.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)
  private let answer = Atomic<Bool>(false)

  /// Creates a flag that is not set.
  public init() {}

  /// Asks every search that holds this flag to end.
  public func cancel() {
    flag.store(true, ordering: .relaxed)
  }

  /// Whether `cancel()` was called.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Tells that the search has an answer which is worth waiting for when it is asked to end.
  public func noteAnswer() {
    answer.store(true, ordering: .relaxed)
  }

  /// Tells that the answer is in a safe place.
  public func forgetAnswer() {
    answer.store(false, ordering: .relaxed)
  }

  /// Whether there is such an answer: without one, nothing is lost if the program ends at once.
  public var hasAnswer: Bool { answer.load(ordering: .relaxed) }
}
