import Plans
import Profiles
import Simulation

extension SwapReport {
  /// Returns the report for machines: one line of JSON with sorted keys, schema
  /// `planner.report/1`.
  ///
  /// - Throws: `EncodingError` if the plan contains a number that is not finite.
  public func json() throws -> String {
    try jsonLine(Document(self))
  }

  /// The report as it is coded. What is nil is left out.
  struct Document: Encodable {
    struct Memory: Encodable {
      let unconstrainedPeakBytes: Int
      let unconstrainedPeakOperator: String?
      let minimumBudgetBytes: Int
      let minimumBudgetOperator: String?
      let peakBytes: Int?
      let peakOperator: String?
      let hostPeakBytes: Int?
      let nvmePeakBytes: Int?

      enum CodingKeys: String, CodingKey {
        case unconstrainedPeakBytes = "unconstrained_peak_bytes"
        case unconstrainedPeakOperator = "unconstrained_peak_operator"
        case minimumBudgetBytes = "minimum_budget_bytes"
        case minimumBudgetOperator = "minimum_budget_operator"
        case peakBytes = "peak_bytes"
        case peakOperator = "peak_operator"
        case hostPeakBytes = "host_peak_bytes"
        case nvmePeakBytes = "nvme_peak_bytes"
      }
    }

    struct Time: Encodable {
      let unconstrained: Double
      let iteration: Double?
      let added: Double?
      let compute: Double?
      let recompute: Double?
      let codec: Double?
      let swapInStall: Double?
      let memoryStall: Double?
      let predicted: Double?
      let isPredictionExact: Bool?
      let lowerBound: Double?

      enum CodingKeys: String, CodingKey {
        case unconstrained = "unconstrained_us"
        case iteration = "iteration_us"
        case added = "added_us"
        case compute = "compute_us"
        case recompute = "recompute_us"
        case codec = "codec_us"
        case swapInStall = "swap_in_stall_us"
        case memoryStall = "memory_stall_us"
        case predicted = "predicted_us"
        case isPredictionExact = "prediction_exact"
        case lowerBound = "lower_bound_us"
      }
    }

    struct Failure: Encodable {
      let kind: String
      let message: String
      let operation: String?
      let tensor: String?
      let bytes: Int?
      let usedBytes: Int?
      let budgetBytes: Int?

      enum CodingKeys: String, CodingKey {
        case kind, message, tensor, bytes
        case operation = "operator"
        case usedBytes = "used_bytes"
        case budgetBytes = "budget_bytes"
      }
    }

    struct Gap: Encodable {
      let ofIteration: Double
      let ofAddedTime: Double?

      enum CodingKeys: String, CodingKey {
        case ofIteration = "of_iteration"
        case ofAddedTime = "of_added_time"
      }
    }

    struct Decision: Encodable {
      let tensor: String
      let after: String
      let before: String
      let action: String
      let tier: String?
      let codec: String?
      let readAt: String?
      let offloadAt: String?
      let prefetchAt: String?
      let recomputeAt: String?
      let operators: [String]?
      let bytes: Int
      let cost: Double?
      let reason: String?

      enum CodingKeys: String, CodingKey {
        case tensor, after, before, action, tier, codec, operators, bytes, reason
        case readAt = "read_at"
        case offloadAt = "offload_at"
        case prefetchAt = "prefetch_at"
        case recomputeAt = "recompute_at"
        case cost = "cost_us"
      }
    }

    struct Strategy: Encodable {
      let strategy: String
      let value: Double?
      let bound: Double?
      let gap: Double?
      let nodes: Int
      let engine: String
      let termination: String
      let seconds: Double

      enum CodingKeys: String, CodingKey {
        case strategy, gap, nodes, engine, termination, seconds
        case value = "value_us"
        case bound = "bound_us"
      }
    }

    let schema = "planner.report/1"
    let profile: String
    let device: String?
    let budgetBytes: Int
    let hostBudgetBytes: Int?
    let nvmeBudgetBytes: Int?
    let isValid: Bool
    let failure: Failure?
    let isRepeatable: Bool
    let memory: Memory
    let time: Time
    let boundMethod: String?
    let gap: Gap?
    let bytesToHost: Int?
    let bytesToDevice: Int?
    /// Nil where nothing goes to NVMe.
    let bytesToNVMe: Int?
    let bytesFromNVMe: Int?
    let kept: Int
    let decisions: [Decision]
    let search: [Strategy]

    enum CodingKeys: String, CodingKey {
      case schema, profile, device, failure, memory, time, gap, kept, decisions, search
      case budgetBytes = "budget_bytes"
      case hostBudgetBytes = "host_budget_bytes"
      case nvmeBudgetBytes = "nvme_budget_bytes"
      case isValid = "valid"
      case isRepeatable = "repeatable"
      case boundMethod = "bound_method"
      case bytesToHost = "bytes_to_host"
      case bytesToDevice = "bytes_to_device"
      case bytesToNVMe = "bytes_to_nvme"
      case bytesFromNVMe = "bytes_from_nvme"
    }
  }
}

extension SwapReport.Document {
  /// Takes the facts from a report.
  init(_ report: SwapReport) {
    let (plan, result) = (report.plan, report.result)
    profile = report.profile.name
    device = report.profile.device?.name
    budgetBytes = plan.budget.deviceBytes
    hostBudgetBytes = plan.budget.hostBytes
    nvmeBudgetBytes = plan.budget.nvmeBytes
    let usesNVMe = result.isValid && report.onNVMe.gaps > 0
    isValid = result.isValid
    failure = result.failure.map(Failure.init)
    isRepeatable = plan.isRepeatable
    /// Numbers of a run that failed describe no iteration, and are left out.
    func ifValid<Value>(_ value: Value) -> Value? { result.isValid ? value : nil }
    memory = Memory(
      unconstrainedPeakBytes: report.demand.unconstrainedPeak.bytes,
      unconstrainedPeakOperator: report.unconstrained.peakOperator,
      minimumBudgetBytes: report.demand.minimumBudget.bytes,
      minimumBudgetOperator: report.demand.minimumBudget.step.map {
        report.profile.operators[$0].id
      },
      peakBytes: ifValid(result.peakDeviceBytes),
      peakOperator: result.isValid ? result.peakOperator : nil,
      hostPeakBytes: ifValid(result.peakHostBytes),
      nvmePeakBytes: usesNVMe ? result.peakNVMeBytes : nil)
    time = Time(
      unconstrained: report.unconstrained.iterationMicroseconds,
      iteration: ifValid(result.iterationMicroseconds), added: ifValid(report.addedMicroseconds),
      compute: ifValid(result.computeMicroseconds),
      recompute: ifValid(result.recomputeMicroseconds),
      codec: result.codecMicroseconds > 0 ? ifValid(result.codecMicroseconds) : nil,
      swapInStall: ifValid(result.swapInStallMicroseconds),
      memoryStall: ifValid(result.memoryStallMicroseconds),
      predicted: plan.prediction?.iterationMicroseconds,
      isPredictionExact: report.isPredictionExact,
      lowerBound: plan.lowerBound?.iterationMicroseconds)
    boundMethod = plan.lowerBound?.method
    gap = plan.gap.map { Gap(ofIteration: $0.ofIteration, ofAddedTime: $0.ofAddedTime) }
    bytesToHost = ifValid(result.bytesToHost)
    bytesToDevice = ifValid(result.bytesToDevice)
    bytesToNVMe = usesNVMe ? result.bytesToNVMe : nil
    bytesFromNVMe = usesNVMe ? result.bytesFromNVMe : nil
    kept = report.total(of: .keep).gaps
    decisions = report.largestDecisions.map { report.document(of: $0) }
    search = plan.search.map {
      Strategy(
        strategy: $0.strategy, value: $0.valueMicroseconds, bound: $0.boundMicroseconds,
        gap: $0.gap, nodes: $0.nodes, engine: $0.engine, termination: $0.termination,
        seconds: $0.seconds)
    }
  }
}

extension SwapReport.Document.Failure {
  /// Takes the facts from a verdict.
  init(_ failure: Failure) {
    kind = failure.kind
    message = "\(failure)"
    operation = failure.task?.operation
    tensor = failure.tensor
    bytes = failure.shortage?.bytes
    usedBytes = failure.shortage?.usedBytes
    budgetBytes = failure.shortage?.budgetBytes
  }
}

extension SwapReport {
  /// Returns a decision as it is coded.
  fileprivate func document(of decision: GapDecision) -> Document.Decision {
    var prefetchAt: String?
    var offloadAt: String?
    var tier: String?
    var codec: String?
    var readAt: String?
    var recomputeAt: String?
    var operators: [String]?
    switch decision.action {
    case .keep: break
    case .swap(let prefetch, let offload, let place):
      (prefetchAt, offloadAt) = (prefetch, offload)
      if place.isNVMe { (tier, readAt) = ("nvme", place.readAt) }
      codec = place.codec
    case .recompute(let chain, let at): (operators, recomputeAt) = (chain, at)
    }
    let reason = reasons[decision.name]
    return Document.Decision(
      tensor: decision.tensor, after: decision.after, before: decision.before,
      action: decision.kind.rawValue, tier: tier, codec: codec, readAt: readAt,
      offloadAt: offloadAt,
      prefetchAt: prefetchAt, recomputeAt: recomputeAt, operators: operators,
      bytes: bytes(of: decision.tensor), cost: reason?.costMicroseconds, reason: reason?.text)
  }
}
