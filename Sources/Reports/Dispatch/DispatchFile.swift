import Foundation
public import Plans
import Profiles

/// A dispatch as training programs take it: tokens, capacities, and the weights of the gate's auxiliary
/// loss.
///
/// TA-MoE's loss of device *i* is `N P Σ_e p_ie m_ie c_ie / S` with N experts, P devices, S tokens of a
/// device, m the mean probability and c the tokens of an expert; its weights p are `1/ĉ`, normalised
/// by their sum or by softmax. Here `ĉ` is relative to the even dispatch, and no less than half a token.
public struct DispatchFile: Sendable {
  /// The forms that are known.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// The matrix of penalties, as text for TA-MoE's `--topo_file`.
    case penalties = "ta-moe"
    /// Tokens, capacities and weights of the loss, as JSON.
    case capacities
  }

  private let plan: DispatchPlan

  /// Prepares a plan.
  public init(_ plan: DispatchPlan) {
    self.plan = plan
  }

  /// Returns the file in a form.
  public func bytes(as format: Format) -> [UInt8] {
    switch format {
    case .penalties: text
    case .capacities: json
    }
  }

  private var deviceCount: Int { plan.tokens.count }

  /// What each pair has less than its even share: 1 for as much, 2 for half of it. Columns of devices
  /// without experts are 1.
  public var penalties: [[Double]] {
    let columns = (0..<deviceCount).map { target in
      plan.tokens.reduce(0) { $0 + $1[target] }
    }
    return plan.tokens.map { row in
      zip(row, columns).map { count, column in
        let even = Double(column) / Double(deviceCount)
        return even > 0 ? even / max(0.5, Double(count)) : 1
      }
    }
  }

  /// The weights `p`, normalised so that each row sums to 1.
  public var sumWeights: [[Double]] {
    penalties.map { row in
      let sum = row.reduce(0, +)
      return row.map { $0 / sum }
    }
  }

  /// The weights `p`, normalised by softmax: each row sums to 1.
  public var softmaxWeights: [[Double]] {
    penalties.map { row in
      let largest = row.max() ?? 0
      let powers = row.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// The most tokens of a device that each expert of another takes: the pair's tokens in equal parts.
  public var localCapacity: [[Int]] {
    let first = DispatchPlan.firstExperts(experts: plan.experts, devices: deviceCount)
    return plan.tokens.map { row in
      row.enumerated().map { target, count in
        let local = first[target + 1] - first[target]
        return local > 0 ? (count + local - 1) / local : 0
      }
    }
  }

  /// The file as JSON: all of it, `[from device][to device]`.
  public var json: [UInt8] {
    func rows(_ matrix: [[Double]]) -> JSON {
      .array(matrix.map { .array($0.map { JSON.number(Self.rounded($0)) }) })
    }
    func rows(_ matrix: [[Int]]) -> JSON { .array(matrix.map { .array($0.map(JSON.integer)) }) }
    var members = JSONMembers()
    members.add("schema", .string("planner.dispatch/1"))
    members.add("profile", .string(plan.profile.name))
    members.add("devices", .integer(deviceCount))
    members.add("experts", .integer(plan.experts))
    members.add("top_k", .integer(plan.topK))
    members.add("tokens_per_device", .integer(plan.tokensPerDevice))
    members.add("tokens", rows(plan.tokens))
    members.add("expert_capacity", .array(plan.expertCapacity.map(JSON.integer)))
    members.add("local_capacity", rows(localCapacity))
    members.add("loss_weights_sum", rows(sumWeights))
    members.add("loss_weights_softmax", rows(softmaxWeights))
    return JSONWriter.encode(members.object, pretty: true)
  }

  /// The penalties as text, a row for each device: what `numpy.loadtxt` reads for TA-MoE's `--topo_file`,
  /// which takes the softmax of each row itself.
  public var text: [UInt8] {
    let lines = penalties.map { row in
      row.map { JSONWriter.text(of: Self.rounded($0)) }.joined(separator: " ")
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Six digits after the point, or for small numbers six that count.
  private static func rounded(_ value: Double) -> Double {
    var scale = 1e6
    while value > 0, value * scale < 1e5, scale < 1e15 { scale *= 10 }
    return (value * scale).rounded() / scale
  }
}
