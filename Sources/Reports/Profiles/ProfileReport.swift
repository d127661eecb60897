public import Profiles

/// What a profile tells about memory, time and the device, before any plan is made.
///
/// The facts are gathered once; `text(isColored:limit:)` and `json(limit:)` tell them.
public struct ProfileReport: Sendable {
  /// The profile.
  public let profile: Profile
  /// The storages of the profile.
  public let storages: Storages
  /// How much memory each operator needs.
  public let demand: MemoryDemand
  /// What the memory holds while each operator runs.
  public let composition: MemoryComposition
  /// The start of each operator if they run one after another, and the end of the last:
  /// `startMicroseconds[operator]`.
  public let startMicroseconds: [Double]
  /// Time and amounts of each phase that has operators, in the order of `Operator.Phase`.
  public let phases: [PhaseTotal]
  /// The operators whose time something bounds, by the time that they would save, the largest
  /// first, then in execution order.
  public let rooflines: [OperatorRoofline]
  /// The idle gaps of movable storages by bytes times length, the largest first, then by position.
  public let gaps: [GapValue]
  /// The measured collectives and copies, by their time together, and then the links.
  public let transfers: [TransferModel]

  /// Gathers the facts of a valid profile.
  public init(_ profile: Profile) {
    self.profile = profile
    storages = Storages(of: profile)
    demand = MemoryDemand(of: profile, storages: storages)
    composition = MemoryComposition(
      of: profile, storages: storages, peakStep: demand.unconstrainedPeak.step)
    startMicroseconds = profile.operators.reduce(into: [0]) { starts, operation in
      starts.append((starts.last ?? 0) + operation.durationMicroseconds)
    }
    phases = Operator.Phase.allCases.compactMap { PhaseTotal($0, of: profile) }
    let storages = storages
    rooflines = profile.operators.indices
      .compactMap { OperatorRoofline(of: $0, in: profile, storages: storages) }
      .sorted {
        $0.headroomMicroseconds != $1.headroomMicroseconds
          ? $0.headroomMicroseconds > $1.headroomMicroseconds : $0.step < $1.step
      }
    gaps = GapValue.all(in: profile, storages: storages, starts: startMicroseconds)
    transfers = TransferModel.all(in: profile, storages: storages)
  }

  /// The time of the iteration if nothing waits.
  public var iterationMicroseconds: Double { startMicroseconds.last ?? 0 }

  /// The time that all operators would save at their rooflines.
  public var headroomMicroseconds: Double {
    rooflines.reduce(0) { $0 + $1.headroomMicroseconds }
  }

  /// The storages by bytes, the largest first, then in the order of the profile.
  public var largestStorages: [Storage] {
    storages.all.sorted { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.index < $1.index }
  }

  /// The kinds that take memory, in the order of `Tensor.Kind`.
  public var kinds: [Tensor.Kind] {
    Tensor.Kind.allCases.filter { composition.bytesByKind[$0] != nil }
  }
}

/// Time and amounts of the operators of one phase.
public struct PhaseTotal: Sendable, Hashable {
  /// The phase.
  public let phase: Operator.Phase
  /// How many operators it has.
  public let operatorCount: Int
  /// Their time together.
  public let durationMicroseconds: Double
  /// The operations of those that tell them, and the time of these; nil if none does.
  public let flops: Measured?
  /// The bytes of those that tell them, and the time of these; nil if none does.
  public let bytesAccessed: Measured?

  /// An amount and the time that it took.
  public struct Measured: Sendable, Hashable {
    /// The amount.
    public let amount: Double
    /// The time of the operators that tell it.
    public let microseconds: Double

    /// The amount in a second; nil if it took no time.
    public var perSecond: Double? { microseconds > 0 ? amount / microseconds * 1e6 : nil }
  }

  /// Adds up a phase; nil if it has no operator.
  init?(_ phase: Operator.Phase, of profile: Profile) {
    let operators = profile.operators.filter { $0.phase == phase }
    guard !operators.isEmpty else { return nil }
    self.phase = phase
    operatorCount = operators.count
    durationMicroseconds = operators.reduce(0) { $0 + $1.durationMicroseconds }
    func sum(_ amount: (Operator) -> Double?) -> Measured? {
      let known = operators.compactMap { operation in
        amount(operation).map { ($0, operation.durationMicroseconds) }
      }
      guard !known.isEmpty else { return nil }
      return Measured(
        amount: known.reduce(0) { $0 + $1.0 }, microseconds: known.reduce(0) { $0 + $1.1 })
    }
    flops = sum(\.flops)
    bytesAccessed = sum(\.bytesAccessed)
  }
}
