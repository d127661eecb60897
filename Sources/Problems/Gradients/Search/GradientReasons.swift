import Plans
import Profiles

/// Why a plan sends what it sends, with the figures.
struct GradientReasons {
  let instance: GradientInstance
  let selection: GradientInstance.Selection

  /// Whether sparse exchanges pay, and why.
  var verdict: String {
    let dense = instance.end(of: instance.dense)
    let end = instance.end(of: selection)
    let isDense = zip(instance.buckets, selection).allSatisfy { bucket, option in
      bucket.options[option].algorithm == .dense
    }
    if !isDense {
      let saved = dense > 0 ? (dense - end) / dense : 0
      return
        "Sparse exchanges pay: the last ends after \(time(end)) instead of \(time(dense)), "
        + "\(percent(saved)) earlier, with \(percent(1 - instance.missingEnergy(of: selection))) "
        + "of the energy."
    }
    return "Dense is best: \(whyDense(dense))"
  }

  private func whyDense(_ dense: Double) -> String {
    let sparse = GradientPlan.Algorithm.allCases.filter { $0 != .dense }
    let all = sparse.flatMap { algorithm in
      UniformDensity(instance: instance, algorithm: algorithm).candidates().map { (algorithm, $0) }
    }
    guard !all.isEmpty else {
      return instance.buckets.allSatisfy { $0.options[0].channel == 0 }
        ? "there is nobody to exchange gradients with."
        : "no bucket has a curve that says how much energy its largest elements hold."
    }
    var sentences: [String] = []
    let allowed = all.filter { instance.isWithinBudget($0.1.selection) }
    let fastest = allowed.min { ($0.1.end, $0.1.missing) < ($1.1.end, $1.1.missing) }
    let budget = percent(instance.energyBudget)
    if let (algorithm, candidate) = fastest {
      sentences.append(
        "with \(budget) of the energy the fastest single algorithm, \(algorithm.rawValue) at a density of "
          + "\(candidate.choice.words), ends after \(time(candidate.end)), dense after "
          + "\(time(dense)).")
    } else {
      sentences.append(
        "at no measured density do the largest elements hold the \(budget) of the energy that have to be "
          + "sent.")
    }
    // The break-even: what is as fast as dense and sends the most.
    let earlier = all.filter { $0.1.end < dense * (1 - 1e-9) }
    if let (algorithm, candidate) = earlier.min(by: {
      ($0.1.missing, $0.1.end) < ($1.1.missing, $1.1.end)
    }) {
      sentences.append(
        "Sparse exchanges are faster from a density of \(candidate.choice.words) down "
          + "(\(algorithm.rawValue)), which holds \(percent(1 - candidate.missing)).")
    } else {
      sentences.append("At no measured density is any of them faster.")
    }
    return sentences.joined(separator: " ")
  }

  /// Why a bucket has its option.
  func reason(of index: Int) -> String {
    let bucket = instance.buckets[index]
    let (dense, chosen) = (bucket.options[0], bucket.options[selection[index]])
    guard chosen.algorithm == .dense else {
      return
        "\(time(chosen.time)) instead of \(time(dense.time)), with \(percent(chosen.energy)) of its "
        + "energy"
    }
    // Times are equal where there is nobody to send to.
    let sparse = bucket.options.indices.dropFirst()
    guard let fastest = sparse.min(by: { bucket.options[$0].time < bucket.options[$1].time }) else {
      return "nothing else is known of the bucket"
    }
    let other = bucket.options[fastest]
    if other.time >= dense.time {
      return
        "dense takes \(time(dense.time)), the fastest other, \(other.algorithm.rawValue), "
        + time(other.time)
    }
    var changed = selection
    changed[index] = fastest
    if instance.end(of: changed) >= instance.end(of: selection) * (1 - 1e-9) {
      return "sending less would end nothing earlier"
    }
    return
      "less would be faster (\(time(other.time)) instead of \(time(dense.time))), but the energy is "
      + "needed"
  }

  private func time(_ microseconds: Double) -> String {
    "\(Quantity.fixed(microseconds / 1e3, decimals: 3)) ms"
  }

  private func percent(_ share: Double) -> String {
    "\(Quantity.fixed(share * 100, decimals: 2)) %"
  }
}

extension GradientPlan.Choice {
  /// The choice in words, such as `1.00 % (equal, blocks of 1024)`.
  var words: String {
    let percent = Quantity.fixed(density * 100, decimals: density < 0.01 ? 4 : 2)
    return "\(percent) % (\(selection.rawValue)\(block.map { ", blocks of \($0)" } ?? ""))"
  }
}
