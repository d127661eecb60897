/// A program that finds the best point of a model.
///
/// Each call is independent: a solver keeps nothing between calls, and may be used from several
/// threads at once.
public protocol Solver: Sendable {
  /// The engine's name, as users type it: `cbc`, `glpk`.
  var name: String { get }
  /// The engine's version, as the library reports it.
  var version: String { get }
  /// What the engine can honour.
  var capabilities: Capabilities { get }

  /// Returns the best point found within the limits of `options`.
  ///
  /// Every returned point satisfies `model.violations(of:)`.
  ///
  /// - Throws: `SolverError` when the model is malformed, an option can't be honoured, or the engine
  ///   failed without a point.
  func solve(_ model: Model, options: SolveOptions) throws(SolverError) -> Solution

  /// Returns the optimum of the linear program that is left when integrality is dropped.
  ///
  /// - Throws: `SolverError` as `solve`.
  func relax(_ model: Model, options: SolveOptions) throws(SolverError) -> Relaxation
}

/// What an engine can honour, and where it differs from others.
public struct Capabilities: Sendable, Hashable {
  /// One thing that an engine may be asked for.
  public enum Feature: String, Sendable, Hashable, CaseIterable {
    case timeLimit
    case nodeLimit
    case absoluteGap
    case relativeGap
    case memoryLimit
    case warmStart
    case partialWarmStart
    case progress
    case log
    case cancellation
    case cancellationInRootRelaxation
  }

  /// What the engine honours; anything else is refused with `SolverError.unsupported`.
  public var features: Set<Feature>
  /// Known differences from other engines, each with its reason.
  public var deviations: [String]

  /// Creates a record.
  public init(features: Set<Feature>, deviations: [String] = []) {
    self.features = features
    self.deviations = deviations
  }
}

/// Why there is no answer.
public enum SolverError: Error, Hashable, Sendable {
  /// The model is malformed; place and remedy follow.
  case invalidModel(String)
  /// The engine cannot honour an option.
  case unsupported(option: String, engine: String)
  /// The engine failed and had found no point; its own words follow.
  case engineFailed(engine: String, words: String)
  /// The engine isn't part of this build or can't be found.
  case unavailable(engine: String, remedy: String)
  /// The engine gave a point that violates the model.
  case wrongAnswer(engine: String, violation: String)
}

extension SolverError: CustomStringConvertible {
  /// The error as a sentence.
  public var description: String {
    switch self {
    case .invalidModel(let words): "the model is malformed: \(words)"
    case .unsupported(let option, let engine): "\(engine) can't honour the option '\(option)'"
    case .engineFailed(let engine, let words): "\(engine) failed: \(words)"
    case .unavailable(let engine, let remedy): "\(engine) is not available: \(remedy)"
    case .wrongAnswer(let engine, let violation):
      "\(engine) gave a point that violates the model: \(violation)"
    }
  }
}
