import FoundationEssentials
import Optimization

// What goes between a solver and its worker process.
//
// The worker says `greeting`. Then each request is one line of JSON, followed by the model's arrays
// (`ModelPayload`) unless it asks to stop; each answer is one line of JSON. Doubles survive JSON
// exactly: Swift writes the shortest digits that read back to the same number.

/// What a worker is asked.
struct Request: Codable {
  enum Task: String, Codable {
    case solve
    case relax
    /// End the running task with the best point so far.
    case stop
  }

  var task: Task
  var shape: ModelPayload.Shape?
  var timeLimit: Double?
  var nodeLimit: Int?
  var absoluteGap: Double?
  var relativeGap: Double?
  var memoryLimitBytes: Int?
  var wantsLog = false
}

/// What a worker answers.
enum Reply: Codable {
  case greeting(Greeting)
  case log(line: String)
  case progress(incumbent: Double?, bound: Double?, nodes: Int, seconds: Double)
  /// A better point, found while the search goes on.
  case incumbent(point: [Double])
  case solution(SolutionRecord)
  case relaxation(RelaxationRecord)
  case failure(FailureRecord)
}

/// How a worker introduces itself.
struct Greeting: Codable {
  static let currentSchema = "planner.worker/1"

  var schema: String
  var name: String
  var version: String
  var features: [String]
  var deviations: [String]
}

/// A `Termination` as text.
struct TerminationRecord: Codable {
  var kind: String
  var words: String?

  init(_ termination: Termination) {
    switch termination {
    case .optimal: kind = "optimal"
    case .feasible(let limit): (kind, words) = ("feasible", limit.rawValue)
    case .noSolution(let limit): (kind, words) = ("no_solution", limit.rawValue)
    case .infeasible: kind = "infeasible"
    case .unbounded: kind = "unbounded"
    case .infeasibleOrUnbounded: kind = "infeasible_or_unbounded"
    case .numericalTrouble(let text): (kind, words) = ("numerical_trouble", text)
    }
  }

  /// The termination; nil for a text that no worker of this version writes.
  var termination: Termination? {
    switch kind {
    case "optimal": .optimal
    case "feasible": words.flatMap(Termination.Limit.init).map(Termination.feasible)
    case "no_solution": words.flatMap(Termination.Limit.init).map(Termination.noSolution)
    case "infeasible": .infeasible
    case "unbounded": .unbounded
    case "infeasible_or_unbounded": .infeasibleOrUnbounded
    case "numerical_trouble": .numericalTrouble(words ?? "")
    default: nil
    }
  }
}

/// A `Solution`; its objective is computed again from the point where it arrives.
struct SolutionRecord: Codable {
  var termination: TerminationRecord
  var point: [Double]?
  var bound: Double?
  var nodes: Int
  var engine: String
}

/// A `Relaxation`.
struct RelaxationRecord: Codable {
  var termination: TerminationRecord
  var objective: Double?
  var point: [Double]
  var rowDuals: [Double]
  var reducedCosts: [Double]
  var engine: String
}

/// A `SolverError`.
struct FailureRecord: Codable {
  var kind: String
  var engine: String
  var words: String

  init(_ error: SolverError) {
    switch error {
    case .invalidModel(let words): (kind, engine, self.words) = ("invalid_model", "", words)
    case .unsupported(let option, let engine):
      (kind, self.engine, words) = ("unsupported", engine, option)
    case .engineFailed(let engine, let words):
      (kind, self.engine, self.words) = ("engine_failed", engine, words)
    case .unavailable(let engine, let remedy):
      (kind, self.engine, words) = ("unavailable", engine, remedy)
    case .wrongAnswer(let engine, let violation):
      (kind, self.engine, words) = ("wrong_answer", engine, violation)
    }
  }

  /// The error; an unknown kind is a failure of the engine.
  var error: SolverError {
    switch kind {
    case "invalid_model": .invalidModel(words)
    case "unsupported": .unsupported(option: words, engine: engine)
    case "unavailable": .unavailable(engine: engine, remedy: words)
    case "wrong_answer": .wrongAnswer(engine: engine, violation: words)
    default: .engineFailed(engine: engine, words: words)
    }
  }
}

/// Returns a message as one line, its end included.
///
/// Empty if it can't be encoded, which no message here can be.
func encodedLine(_ message: some Encodable) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  guard let text = try? encoder.encode(message) else { return [] }
  return Array(text) + [UInt8(ascii: "\n")]
}

/// Reads a message from one line.
func decoded<Message: Decodable>(_ type: Message.Type, from line: [UInt8]) throws -> Message {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return try decoder.decode(type, from: Data(line))
}
