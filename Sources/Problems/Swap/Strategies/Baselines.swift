import Profiles

/// Strategies that need no search, to measure the others by.
enum Baselines {
  /// Every tensor stays on the device.
  static func keepAll(_ instance: SwapInstance) -> [Decision] {
    instance.gaps.map { _ in .keep }
  }

  /// Every idle tensor that may be moved is moved, and fetched one operator ahead: the rule of vDNN
  /// (Rhu et al. 2016), for all tensors.
  static func swapAll(_ instance: SwapInstance) -> [Decision] {
    instance.gaps.map { $0.outTime == nil ? .keep : $0.lastSwap }
  }

  /// Every idle tensor that may be moved is moved, with the codec that a rule gives it; nil if it gives none.
  static func swapAll(_ instance: SwapInstance, codecs rule: CodecRule) -> [Decision]? {
    var found = false
    let decisions = instance.gaps.map { gap -> Decision in
      guard gap.outTime != nil else { return .keep }
      var own = gap
      own.restrict(
        to: rule, next: instance.durations[gap.firstStep],
        previous: instance.durations[gap.lastStep])
      guard let chosen = own.codecs.first,
        let codec = gap.codecs.firstIndex(of: chosen)
      else { return gap.lastSwap }
      found = true
      return .swap(prefetch: gap.lastStep, tier: .codec(codec))
    }
    return found ? decisions : nil
  }

  /// Optimizer states and gradients leave in all their gaps.
  static func zeroOffload(_ instance: SwapInstance) -> [Decision] {
    instance.gaps.map { gap in
      switch instance.storages.all[gap.storage].tensor.kind {
      case .optimizerState, .gradient:
        gap.outTime == nil ? .keep : gap.lastSwap
      default: .keep
      }
    }
  }

  /// Parameters, gradients and optimizer states go to NVMe in all their gaps; nil without NVMe.
  static func zeroInfinity(_ instance: SwapInstance) -> [Decision]? {
    guard instance.hasNVMe else { return nil }
    return instance.gaps.map { gap in
      switch instance.storages.all[gap.storage].tensor.kind {
      case .parameter, .optimizerState, .gradient:
        gap.nvme == nil ? .keep : .swap(prefetch: gap.lastStep, tier: .nvme(lead: 0))
      default: .keep
      }
    }
  }

  /// Every idle tensor that can be made again is dropped, with chains that reach as far back as they
  /// must, so that nothing that could be made again is kept.
  static func recomputeAll(_ instance: SwapInstance) -> [Decision] {
    var decisions = keepAll(instance)
    // Deepest chains first; anchors stay, so a tensor that some chain needs is not dropped.
    var kept = Set<Int>()
    for index in instance.gaps.indices.reversed() {
      let gap = instance.gaps[index]
      guard !kept.contains(index),
        let chain = gap.chains.lastIndex(where: { $0.at == gap.before })
      else { continue }
      let anchors = instance.anchors[index][chain]
      if anchors.contains(where: { !decisions[$0].isKeep }) { continue }
      decisions[index] = .recompute(chain: chain)
      kept.formUnion(anchors)
    }
    return decisions
  }
}
