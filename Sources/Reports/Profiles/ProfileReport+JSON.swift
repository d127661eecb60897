import Profiles

extension ProfileReport {
  /// Returns the report for machines: one line of JSON with sorted keys, schema
  /// `planner.profile-report/1`.
  ///
  /// The memory of each operator is complete; the other lists have at most `limit` rows.
  ///
  /// - Throws: `EncodingError` for a number that is not finite.
  public func json(limit: Int = 100) throws -> String {
    try jsonLine(Document(self, limit: limit), convertsKeys: true)
  }
}

/// The report as it is coded, with keys in snake case: `headroomUs` is `headroom_us`. What is nil is
/// left out.
private struct Document: Encodable {
  struct Memory: Encodable {
    struct Share: Encodable {
      let bytes: Int
      let usedBytes: Int
      let idleBytes: Int
    }

    let peakBytes: Int
    let peakOperator: String?
    let minimumBudgetBytes: Int
    let minimumBudgetOperator: String?
    let peakByKind: [String: Share]
    let bytesByKind: [String: [Int]]
    let bytes: [Int]
  }

  struct TensorRow: Encodable {
    let id: String
    let bytes: Int
    let kind: String
    let persistent: Bool
    let atPeak: Bool
    let first: String?
    let last: String?
  }

  struct Phase: Encodable {
    let phase: String
    let operators: Int
    let durationUs: Double
    let flops: Double?
    let flopsPerS: Double?
    let bytesAccessed: Double?
    let bytesPerS: Double?
  }

  struct Roofline: Encodable {
    let id: String
    let durationUs: Double
    let boundUs: Double
    let headroomUs: Double
    let boundBy: String
    let dtype: String?
    let shareOfPeakFlops: Double?
    let shareOfMemoryBandwidth: Double?
    let beatsRoofline: Bool
  }

  struct Gap: Encodable {
    let tensor: String
    let after: String
    let before: String
    let bytes: Int
    let idleUs: Double
    let copiesUs: Double?
    let copiesFit: Bool?
  }

  struct Fit: Encodable {
    let samples: Int
    let fromBytes: Double
    let toBytes: Double
    let latencyUs: Double
    let usPerByte: Double
    let bandwidthGbPerS: Double?

    init(_ fit: TransferFit) {
      samples = fit.sampleCount
      fromBytes = fit.sizes.lowerBound
      toBytes = fit.sizes.upperBound
      latencyUs = fit.latencyMicroseconds
      usPerByte = fit.microsecondsPerByte
      bandwidthGbPerS = fit.gbPerSecond.flatMap(finite)
    }
  }

  struct Transfer: Encodable {
    let name: String
    let samples: Int
    let withoutTime: Int
    let line: Fit?
    let lineMeanError: Double?
    let lineLargestError: Double?
    let pieces: [Fit]?
    let piecesMeanError: Double?
    let piecesLargestError: Double?
  }

  let schema = "planner.profile-report/1"
  let profile: String
  let device: String?
  let operators: Int
  let tensors: Int
  let iterationUs: Double
  let headroomUs: Double
  let memory: Memory
  let largestTensors: [TensorRow]
  let phases: [Phase]
  let largestHeadroom: [Roofline]
  let idleGaps: Int
  let largestIdleGaps: [Gap]
  let transfers: [Transfer]
  let cluster: ClusterSummary?
  let moe: ExpertsSummary?
  let twoStage: StagesSummary?
  let gradients: GradientsSummary?
  let missing: [String]
}

extension Document {
  /// Takes the facts from a report.
  fileprivate init(_ report: ProfileReport, limit: Int) {
    let names = report.profile.operators.map(\.id)
    profile = report.profile.name
    device = report.profile.device?.name
    operators = names.count
    tensors = report.storages.all.count
    iterationUs = report.iterationMicroseconds
    headroomUs = report.headroomMicroseconds
    memory = Memory(report, names: names)
    largestTensors = report.largestStorages.prefix(limit).map {
      TensorRow(
        id: $0.tensor.id, bytes: $0.bytes, kind: $0.tensor.kind.rawValue,
        persistent: $0.tensor.isPersistent, atPeak: report.composition.isAtPeak[$0.index],
        first: $0.accesses.first.map { names[$0] }, last: $0.lastAccess.map { names[$0] })
    }
    phases = report.phases.map {
      Phase(
        phase: $0.phase.rawValue, operators: $0.operatorCount,
        durationUs: $0.durationMicroseconds, flops: $0.flops?.amount,
        flopsPerS: $0.flops?.perSecond.flatMap(finite), bytesAccessed: $0.bytesAccessed?.amount,
        bytesPerS: $0.bytesAccessed?.perSecond.flatMap(finite))
    }
    largestHeadroom = report.rooflines.prefix(limit).map {
      Roofline(
        id: names[$0.step], durationUs: $0.durationMicroseconds, boundUs: $0.boundMicroseconds,
        headroomUs: $0.headroomMicroseconds, boundBy: $0.limit.rawValue, dtype: $0.dtype,
        shareOfPeakFlops: $0.computeShare.flatMap(finite),
        shareOfMemoryBandwidth: $0.memoryShare.flatMap(finite),
        beatsRoofline: $0.isImpossible)
    }
    idleGaps = report.gaps.count
    largestIdleGaps = report.gaps.prefix(limit).map {
      Gap(
        tensor: report.storages.all[$0.gap.storage].tensor.id, after: names[$0.gap.after],
        before: names[$0.gap.before], bytes: $0.bytes, idleUs: $0.microseconds,
        copiesUs: $0.copyMicroseconds, copiesFit: $0.fits)
    }
    transfers = report.transfers.map {
      Transfer(
        name: $0.name, samples: $0.samples.count, withoutTime: $0.skippedCount,
        line: $0.line.map(Fit.init), lineMeanError: ($0.lineResiduals?.mean).flatMap(finite),
        lineLargestError: ($0.lineResiduals?.largest).flatMap(finite),
        pieces: $0.pieces.isEmpty ? nil : $0.pieces.map(Fit.init),
        piecesMeanError: ($0.pieceResiduals?.mean).flatMap(finite),
        piecesLargestError: ($0.pieceResiduals?.largest).flatMap(finite))
    }
    cluster = report.profile.cluster.map(ClusterSummary.init)
    moe = report.profile.moe.map(ExpertsSummary.init)
    twoStage = report.profile.stageGraph.map(StagesSummary.init)
    gradients = report.profile.gradients.map(GradientsSummary.init)
    missing = report.missing
  }
}

extension Document.Memory {
  /// Takes the memory from a report.
  fileprivate init(_ report: ProfileReport, names: [String]) {
    let demand = report.demand
    peakBytes = demand.unconstrainedPeak.bytes
    peakOperator = demand.unconstrainedPeak.step.map { names[$0] }
    minimumBudgetBytes = demand.minimumBudget.bytes
    minimumBudgetOperator = demand.minimumBudget.step.map { names[$0] }
    var shares: [String: Share] = [:]
    var kinds: [String: [Int]] = [:]
    for kind in report.kinds {
      let share = report.composition.peak[kind] ?? MemoryComposition.Share()
      shares[kind.rawValue] = Share(
        bytes: share.bytes, usedBytes: share.usedBytes, idleBytes: share.idleBytes)
      kinds[kind.rawValue] = report.composition.bytesByKind[kind]
    }
    peakByKind = shares
    bytesByKind = kinds
    bytes = demand.keptBytes
  }
}

/// Returns a number, unless it is too large for JSON: a rate over almost no time.
private func finite(_ number: Double) -> Double? {
  number.isFinite ? number : nil
}
