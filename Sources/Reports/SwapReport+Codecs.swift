import Plans
import Profiles
import Simulation

/// What a codec would need to pay for one tensor, and whether it does.
struct CodecBreakEven {
  /// The ratio of encoded to raw bytes at the density that is counted on.
  let ratio: Double
  /// The rate of both kernels, in 10⁹ raw bytes per second, from which on they take no longer than the link time that
  /// they save; nil if nothing is saved.
  let gbPerSecond: Double?
  /// The largest density at which the kernels take no longer than the link time that they save; nil if there is none.
  let density: Double?
  /// How long both kernels hold the compute stream, and what both copies take, raw and encoded, in microseconds.
  let heldMicroseconds: Double
  let rawCopies: Double
  let encodedCopies: Double

  /// How much less time the links are busy.
  var saved: Double { rawCopies - encodedCopies }

  init(_ tensor: Tensor, codec: CodecModel, quantile: Double?, out: Link, back: Link) {
    func copies(_ bytes: Int) -> Double {
      out.copyMicroseconds(bytes: bytes) + back.copyMicroseconds(bytes: bytes)
    }
    let coded = CodedSwap(tensor, codec: codec, quantile: quantile)
    ratio = Double(coded.encodedBytes) / Double(max(1, tensor.bytes))
    heldMicroseconds = coded.heldEncode + coded.heldDecode
    rawCopies = copies(tensor.bytes)
    encodedCopies = copies(coded.encodedBytes)
    let saved = rawCopies - encodedCopies
    gbPerSecond = saved > 0 ? coded.heldShare * 2 * Double(tensor.bytes) / saved / 1e3 : nil
    var largest: Double?
    for step in 0...256 {
      var other = tensor
      let density = Double(step) / 256
      other.sparsity = Sparsity(history: [.init(epoch: 0, density: density)])
      let item = CodedSwap(other, codec: codec, quantile: 1)
      if item.heldEncode + item.heldDecode < copies(tensor.bytes) - copies(item.encodedBytes) {
        largest = density
      }
    }
    density = largest
  }
}

extension SwapReport {
  /// What is to be said about the codec of one swap.
  struct CodecVerdict {
    let decision: GapDecision
    let density: Double?
    /// The codec that is chosen, or the one that saves most link time of those that suit the tensor.
    let codec: String?
    let breakEven: CodecBreakEven?
    let words: String
    /// Why nothing is encoded; nil where something is.
    let reason: Reason?

    /// Why a tensor is not encoded.
    enum Reason: String, CaseIterable {
      case density = "too dense"
      case link = "link fast enough"
      case hidden = "hidden anyway"
      case memory = "no room for it"
      case unsuited = "no codec for it"
    }
  }

  /// Returns, for each swap on the host, whether encoding pays: by its break-even, and by the simulator's run of the
  /// plan with this one decision changed. Empty for profiles without codecs.
  ///
  /// - Parameter limit: The largest so many swaps.
  func codecVerdicts(limit: Int) -> [CodecVerdict] {
    guard !profile.codecs.isEmpty, result.isValid, case .swap(let swap) = plan.decisions else {
      return []
    }
    return largestDecisions.lazy.filter { decision in
      guard case .swap(_, _, let tier) = decision.action, !tier.isNVMe else { return false }
      return isWithinIteration(decision)
    }.prefix(limit).map { verdict(of: $0, in: swap) }
  }

  /// The swaps on the host for which encoding pays if nothing hides their copies and that are not encoded, and those that
  /// are encoded and for which it doesn't, in words; the largest first.
  public var codecCrossings: [String] {
    guard case .swap(let swap) = plan.decisions, let out = profile.device?.deviceToHost,
      let back = profile.device?.hostToDevice
    else { return [] }
    return largestDecisions.compactMap { decision in
      guard case .swap(_, _, let tier) = decision.action, !tier.isNVMe, isWithinIteration(decision),
        let index = storages.indexByTensor[decision.tensor]
      else { return nil }
      let tensor = storages.all[index].tensor
      let suited = profile.codecs.filter {
        $0.place == .device && $0.loss == nil
          && $0.isFor(bytes: tensor.bytes, elementBytes: tensor.elementBytes)
      }
      for codec in suited where tier.codec == nil || tier.codec == codec.id {
        let own = CodecBreakEven(
          tensor, codec: codec, quantile: swap.densityQuantile, out: out, back: back)
        let density = tensor.sparsity?.sample(
          atQuantile: swap.densityQuantile ?? Sparsity.defaultQuantile)?.density
        let pays = own.saved > own.heldMicroseconds
        guard pays == (tier.codec == nil) else { continue }
        let limit = own.density.map { "up to a density of \(Self.share($0))" } ?? "at no density"
        return
          "\(decision.name): \(pays ? "not encoded" : "encoded"), but \(codec.id) pays \(limit), and "
          + (density.map { "it has \(Self.share($0))" } ?? "its own is unknown")
      }
      return nil
    }
  }

  /// Whether a gap doesn't last into the next iteration.
  private func isWithinIteration(_ decision: GapDecision) -> Bool {
    guard let after = storages.operatorIndex[decision.after],
      let before = storages.operatorIndex[decision.before]
    else { return false }
    return before > after
  }

  private func verdict(of decision: GapDecision, in swap: SwapDecisions) -> CodecVerdict {
    func verdict(
      _ codec: String?, _ breakEven: CodecBreakEven?, _ words: String,
      _ reason: CodecVerdict.Reason?, density: Double?
    ) -> CodecVerdict {
      CodecVerdict(
        decision: decision, density: density, codec: codec, breakEven: breakEven, words: words,
        reason: reason)
    }
    guard case .swap(let prefetchAt, let offloadAt, let tier) = decision.action,
      let index = storages.indexByTensor[decision.tensor], let out = profile.device?.deviceToHost,
      let back = profile.device?.hostToDevice
    else { return verdict(nil, nil, "", nil, density: nil) }
    let tensor = storages.all[index].tensor
    let density = tensor.sparsity?.sample(
      atQuantile: swap.densityQuantile ?? Sparsity.defaultQuantile)?.density
    func breakEven(_ codec: CodecModel) -> CodecBreakEven {
      CodecBreakEven(tensor, codec: codec, quantile: swap.densityQuantile, out: out, back: back)
    }
    /// How much longer the iteration takes with another tier; nil if the run stops.
    func change(to tier: GapDecision.Tier) -> Double? {
      var changed = swap
      guard let place = changed.gaps.firstIndex(where: { $0.name == decision.name }) else {
        return nil
      }
      changed.gaps[place].action = .swap(
        prefetchAt: prefetchAt, offloadAt: offloadAt, tier: tier)
      let run = simulator.run(
        changed, budgetBytes: plan.budget.deviceBytes, hostBudgetBytes: plan.budget.hostBytes,
        nvmeBudgetBytes: plan.budget.nvmeBytes)
      return run.isValid ? run.iterationMicroseconds - result.iterationMicroseconds : nil
    }
    if let id = tier.codec, let codec = profile.codecs.first(where: { $0.id == id }) {
      let words =
        change(to: .host).map {
          "encoded; raw, the iteration would take \(Self.difference($0))"
        } ?? "encoded; raw, the plan would not run"
      return verdict(id, breakEven(codec), words, nil, density: density)
    }
    let suited = profile.codecs.filter {
      $0.place == .device && $0.loss == nil
        && $0.isFor(bytes: tensor.bytes, elementBytes: tensor.elementBytes)
    }.map { ($0, breakEven($0)) }
    // Of the codecs that suit the tensor, the one that leaves most after its kernels.
    let best = suited.max {
      ($0.1.saved - $0.1.heldMicroseconds) < ($1.1.saved - $1.1.heldMicroseconds)
    }
    guard let (codec, own) = best else {
      return verdict(
        nil, nil, "not encoded: no codec suits its size and elements", .unsuited,
        density: density)
    }
    guard own.saved > 0 else {
      let cause =
        density == nil
        ? "nobody measured its density, which counts as 1" : "it would not get smaller"
      return verdict(codec.id, own, "not encoded: \(cause)", .density, density: density)
    }
    guard let change = change(to: .compressed(codec: codec.id)) else {
      return verdict(
        codec.id, own, "not encoded: the plan would not run with the room for it", .memory,
        density: density)
    }
    let words = "encoded, the iteration would take \(Self.difference(change))"
    if own.heldMicroseconds >= own.saved {
      return verdict(
        codec.id, own,
        "not encoded: the kernels take longer than the link time they save; \(words)", .link,
        density: density)
    }
    return verdict(
      codec.id, own, "not encoded: other operators hide its copies; \(words)", .hidden,
      density: density)
  }

  private static func difference(_ microseconds: Double) -> String {
    if abs(microseconds) < 1e-6 { return "as long" }
    let time = Quantity.milliseconds(abs(microseconds))
    return microseconds > 0 ? "\(time) longer" : "\(time) less"
  }

  /// Adds, for the largest swaps, the break-even of codecs and what is done.
  func addCodecs(limit: Int, to page: inout Page) {
    let verdicts = codecVerdicts(limit: limit)
    guard !verdicts.isEmpty else {
      if !profile.codecs.isEmpty, result.isValid, decisions.contains(where: { $0.kind == .swap }) {
        page.section("Codecs")
        page.paragraph(
          "Do not compress: every swap lasts into the next iteration or goes to NVMe.", indent: 2)
      }
      return
    }
    page.section("Codecs, with what it takes for encoding to pay where nothing hides the copies")
    var table = Table([.flexible, .right, .right, .left, .right, .right])
    table.append("tensor", "bytes", "density", "codec", "pays from", "up to density")
    for item in verdicts {
      table.append(
        item.decision.tensor, Quantity.bytes(bytes(of: item.decision.tensor)),
        item.density.map(Self.share) ?? "unknown", item.codec ?? "",
        item.breakEven.map { $0.gbPerSecond.map { "\(Self.rounded($0)) GB/s" } ?? "never" } ?? "",
        item.breakEven.map { $0.density.map(Self.share) ?? "never" } ?? "")
    }
    page.table(table)
    for item in verdicts {
      page.paragraph("'\(item.decision.tensor)' before '\(item.decision.before)':", indent: 2)
      page.paragraph(item.words, indent: 6)
    }
    guard verdicts.allSatisfy({ $0.reason != nil }) else { return }
    let counts = CodecVerdict.Reason.allCases.compactMap { reason -> String? in
      let count = verdicts.filter { $0.reason == reason }.count
      return count > 0 ? "\(reason.rawValue): \(count)" : nil
    }
    page.paragraph(
      "Do not compress: no codec is chosen for any of these swaps (\(counts.joined(separator: ", "))).",
      indent: 2)
  }

  private static func share(_ value: Double) -> String {
    "\((value * 1000).rounded() / 1000)"
  }

  private static func rounded(_ rate: Double) -> String {
    rate < 10 ? "\((rate * 10).rounded() / 10)" : "\(Int(min(rate, 1e15).rounded()))"
  }
}
