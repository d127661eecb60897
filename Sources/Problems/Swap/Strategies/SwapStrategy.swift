/// A way to a plan that needs no search, most of them published, to measure others by.
///
/// All decide for the same gaps and are timed by the same rules.
public enum SwapStrategy: String, Sendable, CaseIterable {
  /// Everything stays on the device.
  case keepAll = "keep-all"
  /// Every idle tensor that may be moved is moved and fetched one operator ahead: vDNN (Rhu et al. 2016,
  /// arXiv 1602.08124), for all tensors.
  case swapAll = "swap-all"
  /// Every idle tensor that can be made again is dropped.
  case recomputeAll = "recompute-all"
  /// What crosses the borders of about √n stretches of the forward pass is kept, the rest is made again:
  /// sublinear memory (Chen et al. 2016, arXiv 1604.06174).
  case checkpoints = "sqrt-checkpoints"
  /// The optimal persistent checkpoints of a chain of stages, as much memory for them as the device allows:
  /// rotor (Beaumont et al. 2019, arXiv 1911.13214). Up to 80 stages, cut where little crosses.
  case rotor
  /// Swaps that hide first, the freest first; then whichever of swapping and recomputing adds least: Capuchin
  /// (Peng et al. 2020, doi 10.1145/3373376.3378505).
  case capuchin
  /// The saved activations that take longest to make per byte are kept, as many as fit: the knapsack of PyTorch's
  /// min-cut partitioner (torch._functorch, activation_memory_budget), with its budget as large as the device
  /// allows.
  case savedBytes = "saved-bytes-knapsack"
  /// Optimizer states and gradients live on the host, all else on the device: the placement of ZeRO-Offload
  /// (Ren et al. 2021, arXiv 2101.06840); the update still runs on the device.
  case zeroOffload = "zero-offload"
  /// Parameters, gradients and optimizer states go to NVMe in all their gaps: the placement of ZeRO-Infinity
  /// (Rajbhandari et al. 2021, arXiv 2104.07857) with everything offloaded; the update still runs on the
  /// device.
  case zeroInfinity = "zero-infinity"
  /// Everything is moved as by swap-all, encoded by the codec with the least to copy wherever that is less: what cDMA
  /// (Rhu et al. 2018, arXiv 1705.01626) does for all tensors, with kernels instead of an engine in the link.
  case codecAll = "codec-all"
  /// Everything is moved as by swap-all, and each tensor by itself is encoded if its copies, as far as the operator
  /// beside them doesn't hide them, get shorter by more than the kernels take: CSWAP (Chen et al. 2021, doi
  /// 10.1109/Cluster48925.2021.00019), by its abstract.
  case cswap
  /// Our greedy search: the least added time per byte first.
  case greedy
}

extension SwapStrategy {
  /// Returns the strategy's decisions, or nil if it finds none that could keep the budget.
  func decisions(_ instance: SwapInstance, _ realisation: Realisation) -> [Decision]? {
    let course = realisation.course
    switch self {
    case .keepAll: return Baselines.keepAll(instance)
    case .swapAll: return Baselines.swapAll(instance)
    case .recomputeAll: return Baselines.recomputeAll(instance)
    case .checkpoints: return instance.schedules[.checkpoints]
    case .rotor: return instance.schedules[.rotor]
    case .capuchin:
      return Capuchin(instance: instance, course: course, limit: realisation.limit).decisions()
    case .savedBytes: return SavedBytes(instance: instance, realisation: realisation).decisions()
    case .zeroOffload: return Baselines.zeroOffload(instance)
    case .zeroInfinity: return Baselines.zeroInfinity(instance)
    case .codecAll: return Baselines.swapAll(instance, codecs: .all)
    case .cswap: return Baselines.swapAll(instance, codecs: .isolated)
    case .greedy:
      return GreedySearch(instance: instance, course: course, limit: realisation.limit).decisions()
    }
  }
}
