import Profiles

extension TransferModel {
  /// Returns the transfers that a profile carries: operators of the phase `communication` and
  /// operators that are called a copy to or from the host, by name, those that take the longest
  /// together first; then links that were measured at several sizes.
  static func all(in profile: Profile, storages: Storages) -> [TransferModel] {
    var groups: [String: [TransferFit.Sample]] = [:]
    for (step, operation) in profile.operators.enumerated() {
      let isTransfer = operation.phase == .communication || isCopy(operation.id)
      guard isTransfer, let bytes = bytes(of: operation, step, storages) else { continue }
      groups[group(of: operation.id), default: []].append(
        TransferFit.Sample(bytes: bytes, microseconds: operation.durationMicroseconds))
    }
    let times = groups.mapValues { $0.reduce(0) { $0 + $1.microseconds } }
    var models = groups.sorted {
      let (first, second) = (times[$0.key] ?? 0, times[$1.key] ?? 0)
      return first != second ? first > second : $0.key < $1.key
    }.map { TransferModel(name: $0.key, samples: $0.value) }
    func add(_ link: Link?, _ name: String) {
      guard let link, link.points.count > 1 else { return }
      let samples = link.points.map {
        TransferFit.Sample(
          bytes: Double($0.bytes), microseconds: link.copyMicroseconds(bytes: $0.bytes))
      }
      models.append(TransferModel(name: name, samples: samples))
    }
    add(profile.device?.hostToDevice, "link h2d")
    add(profile.device?.deviceToHost, "link d2h")
    return models
  }

  /// What an operator is called together with its like: `layers.3.all_reduce` is
  /// `layers.*.all_reduce`.
  private static func group(of name: String) -> String {
    NameStem.of(name).split(separator: ".", omittingEmptySubsequences: false).map {
      !$0.isEmpty && $0.allSatisfy(\.isNumber) ? "*" : $0
    }.joined(separator: ".")
  }

  /// The bytes of the message: what is read or what is written, whichever is more; without
  /// tensors, what the operator says to access. Nil if neither tells any.
  private static func bytes(
    of operation: Operator, _ step: Int, _ storages: Storages
  ) -> Double? {
    func sum(_ positions: [Int]) -> Double {
      positions.reduce(0) { $0 + Double(storages.all[$1].bytes) }
    }
    let message = max(sum(storages.reads[step]), sum(storages.writes[step]))
    if message > 0 { return message }
    return operation.bytesAccessed.flatMap { $0 > 0 ? $0 : nil }
  }

  /// Whether an operator is called as profilers call copies to and from the host.
  private static func isCopy(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.contains("memcpy h") || name.contains("memcpy d") || name.contains("memcpyh")
      || name.contains("memcpyd")
  }
}
