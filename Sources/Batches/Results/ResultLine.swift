import Profiles

/// What became of one item of a batch: one line of a result file.
public struct ResultLine: Sendable, Hashable {
  /// How an item ended.
  public enum Status: String, Sendable, CaseIterable {
    /// A plan was found and validated.
    case planned
    /// No plan can keep the budget.
    case infeasible
    /// Nothing was found within the limits, and nothing was ruled out.
    case limit
    /// The profile or the options are wrong.
    case badInput = "bad_input"
    /// The replay rejects the plan.
    case invalid
    /// The solver failed.
    case failed
    /// The process that planned the item ended.
    case crashed
    /// The item took longer than its limit.
    case outOfTime = "item_time_limit"
    /// The item took more memory than its limit.
    case outOfMemory = "item_memory_limit"

    /// The exit code of a program that ends so.
    public var code: Int32 {
      switch self {
      case .planned: 0
      case .failed, .crashed: 1
      case .badInput: 3
      case .infeasible: 4
      case .limit, .outOfTime, .outOfMemory: 5
      case .invalid: 6
      }
    }

    /// Whether the same input gives the same answer again.
    package var isAnswer: Bool { self == .planned || self == .infeasible }
  }

  /// The name of this form of the line.
  public static let schemaName = "planner.result/1"

  /// The item's place in the whole input, from 1.
  public var item: Int
  /// The item's name.
  public var id: String
  /// The profile's path.
  public var profile: String
  /// How it ended.
  public var status: Status
  /// What was planned and what came of it; nil where it didn't come so far.
  public var figures: Figures?
  /// Wall time in seconds, from handing the item out to its end.
  public var seconds: Double
  /// The plan's file; nil if none was written.
  public var output: String?
  /// The SHA-256 digest of the plan in hexadecimal.
  public var digest: String?
  /// The SHA-256 digest of the profile's bytes and the options; nil if the profile wasn't read.
  public var input: String?
  /// What went wrong; nil for a plan.
  public var message: String?

  /// The figures of an answer.
  public struct Figures: Sendable, Hashable {
    /// The problem, such as `swap`.
    public var problem: String
    /// The plan's value.
    public var value: Double?
    /// What no plan can be better than.
    public var bound: Double?
    /// `(value - bound) / value`.
    public var gap: Double?
    /// The unit of value and bound: `us` or `imbalance`.
    public var unit: String
    /// Whether the plan is the same on every run; false where time cut the search off.
    public var isRepeatable: Bool

    /// Creates figures.
    public init(
      problem: String, value: Double?, bound: Double?, gap: Double?, unit: String = "us",
      isRepeatable: Bool = true
    ) {
      self.problem = problem
      self.value = value
      self.bound = bound
      self.gap = gap
      self.unit = unit
      self.isRepeatable = isRepeatable
    }
  }

  /// Creates a line.
  public init(
    item: Int, id: String, profile: String, status: Status, figures: Figures? = nil,
    seconds: Double = 0, output: String? = nil, digest: String? = nil, input: String? = nil,
    message: String? = nil
  ) {
    self.item = item
    self.id = id
    self.profile = profile
    self.status = status
    self.figures = figures
    self.seconds = seconds
    self.output = output
    self.digest = digest
    self.input = input
    self.message = message
  }
}

extension ResultLine {
  private static let keys = [
    "schema", "item", "id", "profile", "status", "code", "problem", "value", "bound", "gap", "unit",
    "repeatable", "seconds", "output", "digest", "input", "message",
  ]

  /// The line in UTF-8, its end included.
  package func encoded() -> [UInt8] {
    var members = JSONMembers()
    members.add("schema", .string(Self.schemaName))
    members.add("item", .integer(item))
    members.add("id", .string(id))
    members.add("profile", .string(profile))
    members.add("status", .string(status.rawValue))
    members.add("code", .integer(Int(status.code)))
    if let figures {
      members.add("problem", .string(figures.problem))
      members.add("value", figures.value.map(JSON.number))
      members.add("bound", figures.bound.map(JSON.number))
      members.add("gap", figures.gap.map(JSON.number))
      members.add("unit", .string(figures.unit))
      members.add("repeatable", .boolean(figures.isRepeatable))
    }
    members.add("seconds", .number((seconds * 1e6).rounded() / 1e6))
    members.add("output", output.map(JSON.string))
    members.add("digest", digest.map(JSON.string))
    members.add("input", input.map(JSON.string))
    members.add("message", message.map(JSON.string))
    return JSONWriter.encode(members.object, pretty: false)
  }

  /// Reads a line; nil if it is none.
  package init?(_ line: [UInt8]) {
    guard let tree = try? JSONScanner.parse(line) else { return nil }
    var reader = JSONReader()
    guard let object = reader.object(tree, at: .root, of: "a result", keys: Self.keys),
      reader.requiredText("schema", in: object) == Self.schemaName,
      let item = reader.requiredInteger("item", in: object, .count),
      let id = reader.requiredText("id", in: object),
      let profile = reader.requiredText("profile", in: object),
      let status = reader.requiredCase("status", in: object, of: Status.self),
      let seconds = reader.requiredNumber("seconds", in: object, .number)
    else { return nil }
    self.init(item: item, id: id, profile: profile, status: status, seconds: seconds)
    if let problem = reader.text("problem", in: object) {
      figures = Figures(
        problem: problem, value: reader.number("value", in: object, .number),
        bound: reader.number("bound", in: object, .number),
        gap: reader.number("gap", in: object, .number),
        unit: reader.text("unit", in: object) ?? "us",
        isRepeatable: reader.boolean("repeatable", in: object) ?? true)
    }
    output = reader.text("output", in: object)
    digest = reader.text("digest", in: object)
    input = reader.text("input", in: object)
    message = reader.text("message", in: object)
    if !reader.faults.isEmpty { return nil }
  }
}
