import Profiles

extension ProfileReport {
  /// What the profile lacks, and what can therefore not be told.
  public var missing: [String] {
    var missing: [String] = []
    let operators = profile.operators
    func count(_ number: Int, of noun: String = "operator") -> String {
      let whole = Quantity.count(operators.count, noun)
      return number == operators.count ? "all \(whole)" : "\(number) of \(whole)"
    }
    if let device = profile.device {
      if device.peakFlops.isEmpty {
        missing.append("device.peak_flops: no share of the peak rate of operations")
      }
      if device.memoryBandwidthGBPerSecond == nil {
        missing.append("device.memory_bandwidth_gb_per_s: no share of the memory's peak rate")
      }
      if device.deviceToHost == nil || device.hostToDevice == nil {
        let lacking = [
          device.hostToDevice == nil ? "h2d" : nil, device.deviceToHost == nil ? "d2h" : nil,
        ].compactMap(\.self).joined(separator: ", ")
        missing.append("device.links (\(lacking)): whether copies fit in the idle gaps")
      }
    } else {
      missing.append("device: no peak rates, no links")
    }
    let withoutFlops = operators.count { $0.flops == nil }
    if withoutFlops > 0 { missing.append("flops of \(count(withoutFlops))") }
    let withoutBytes = operators.count { $0.bytesAccessed == nil }
    if withoutBytes > 0 { missing.append("bytes_accessed of \(count(withoutBytes))") }
    if let untyped = untypedMissing { missing.append(untyped) }
    let timeless = operators.count { $0.durationMicroseconds == 0 }
    if timeless > 0 { missing.append("a time above 0 of \(count(timeless))") }
    if transfers.isEmpty {
      missing.append(
        "copies, collectives with bytes, and links measured at several sizes: no fit of transfers")
    }
    return missing
  }

  /// The operators whose operations can't be compared for want of an element type with a rate.
  private var untypedMissing: String? {
    guard let device = profile.device, !device.peakFlops.isEmpty else { return nil }
    let typed = Dictionary(
      uniqueKeysWithValues: rooflines.map { ($0.step, $0.computeMicroseconds) })
    let count = profile.operators.indices.count { step in
      (profile.operators[step].flops ?? 0) > 0 && (typed[step] ?? nil) == nil
    }
    guard count > 0 else { return nil }
    let rates = device.peakFlops.keys.sorted().joined(separator: ", ")
    return "a dtype with a peak rate (\(rates)) on the tensors of"
      + " \(Quantity.count(count, "operator")) with flops"
  }
}
