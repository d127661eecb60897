import Foundation
import Optimization
import Profiles

extension SwapProblem {
  /// The problem as data of `Models/Formulations/swap.mod`, in MathProg's data format.
  ///
  /// The reference has no continuous choices, so both programs agree exactly only where no tensor is
  /// minor (`settings.minorShare` is 0).
  public func mathProgData() -> String {
    let mebibyte = 1_048_576.0
    let model = instance
    var lines = ["data;", "param n := \(model.operatorCount);"]
    func table(_ name: String, _ values: [Double]) {
      let entries = values.enumerated().map { "\($0) \($1)" }.joined(separator: ", ")
      lines.append(values.isEmpty ? "" : "param \(name) := \(entries);")
    }
    func list(_ name: String, _ entries: [String]) {
      lines.append("set \(name) := \(entries.joined(separator: " "));")
    }
    table("time", model.durations.map { $0 / 1e3 })
    table("live", model.live.map { Double($0) / mebibyte })
    table("carried", model.carried.map { Double($0) / mebibyte })
    lines.append("param budget := \(Double(model.budget) / mebibyte);")
    list("GAPS", model.gaps.indices.map { "\($0)" })
    table("after", model.gaps.map { Double($0.after) })
    table("before", model.gaps.map { Double($0.before) })
    table("size", model.gaps.map { Double($0.bytes) / mebibyte })
    table("movable", model.gaps.map { $0.outTime != nil && $0.bytes > 0 ? 1 : 0 })
    table("copy_out", model.gaps.map { ($0.outTime ?? 0) / 1e3 })
    table("copy_back", model.gaps.map { $0.inTime / 1e3 })
    let smallest = Double(model.budget) * SwapFormulation.smallestWholeShare(of: model)
    table("counts_whole", model.gaps.map { Double($0.bytes) > smallest ? 1 : 0 })
    var chains: [String] = []
    var moments: [String] = []
    var times: [String] = []
    var extras: [String] = []
    var anchors: [String] = []
    for (index, gap) in model.gaps.enumerated() {
      for (position, chain) in gap.chains.enumerated() {
        chains.append("(\(index),\(position))")
        moments.append("[\(index),\(position)] \(chain.at)")
        times.append("[\(index),\(position)] \(chain.time / 1e3)")
        extras.append("[\(index),\(position)] \(Double(chain.extraBytes) / mebibyte)")
        for anchor in model.anchors[index][position] {
          anchors.append("(\(index),\(position),\(anchor))")
        }
      }
    }
    list("CHAINS", chains)
    if !times.isEmpty {
      lines.append("param chain_at := \(moments.joined(separator: " "));")
      lines.append("param chain_time := \(times.joined(separator: " "));")
      lines.append("param chain_extra := \(extras.joined(separator: " "));")
    }
    list("ANCHORS", anchors)
    table("maker", model.gaps.map { Double(model.storages.all[$0.storage].producer ?? -1) })
    let early = SwapFormulation(model).earlyReturns.sorted { $0.key < $1.key }
    list("EARLY", early.flatMap { step, items in items.map { "(\($0.gap),\(step))" } })
    let order = model.gapsByMaker.enumerated().sorted { $0.element < $1.element }
    table(
      "maker_rank",
      model.gaps.indices.map { gap in
        Double(order.first { $0.element == gap }?.offset ?? 0)
      })
    let rates = SwapFormulation.linkRates(of: model)
    lines.append("param rate_out := \(rates.out);")
    lines.append("param rate_back := \(rates.back);")
    lines.append("param duplex_out := \(model.duplexOut);")
    lines.append("param duplex_back := \(model.duplexIn);")
    if model.offersNVMe { lines += nvmeData() }
    if model.offersCodecs { lines += codecData() }
    lines.append("end;")
    return lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  /// The lines about codecs.
  private func codecData() -> [String] {
    let flows = CodedFlows(instance)
    let coded = instance.gaps.enumerated().flatMap { index, gap in
      gap.codecs.enumerated().map { (gap: index, position: $0, codec: $1) }
    }
    func table(_ name: String, _ value: (Int, Int, GapCodec) -> Double) -> String {
      let entries = coded.map {
        "[\($0.gap),\($0.position)] \(value($0.gap, $0.position, $0.codec))"
      }
      return "param \(name) := \(entries.joined(separator: " "));"
    }
    func times(_ name: String, _ value: (GapCodec) -> Double) -> String {
      table(name) { value($2) / 1e3 }
    }
    func rates(_ name: String, _ values: [Double]) -> String {
      let entries = values.enumerated().map { "\($0) \($1)" }
      return "param \(name) := \(entries.joined(separator: ", "));"
    }
    let encodedOnly = instance.gaps.indices.filter { !instance.gaps[$0].offersRaw }
    let raw = encodedOnly.map { "\($0) 0" }.joined(separator: ", ")
    return [
      "set CODECS := \(coded.map { "(\($0.gap),\($0.position))" }.joined(separator: " "));",
      "set FLOWS := \(flows.rates.indices.map(String.init).joined(separator: " "));",
      raw.isEmpty ? "" : "param raw_offered := \(raw);",
      times("encode_held") { $0.coded.heldEncode }, times("decode_held") { $0.coded.heldDecode },
      times("encode_time") { $0.coded.encodeMicroseconds },
      times("decode_time") { $0.coded.decodeMicroseconds },
      times("coded_out", \.outTime), times("coded_back", \.inTime),
      table("at_once") { gap, position, _ in flows.items[gap][position].atOnce },
      table("amount") { gap, position, _ in flows.items[gap][position].amount },
      table("kernel_extra") {
        Double($2.coded.reservedBytes + $2.coded.workspaceBytes) / SwapFormulation.mebibyte
      },
      table("flow") { gap, position, _ in Double(flows.items[gap][position].flow) },
      rates("flow_out", flows.rates.map(\.out)), rates("flow_back", flows.rates.map(\.back)),
    ]
  }

  /// The lines about NVMe and the memory of the host.
  private func nvmeData() -> [String] {
    let mebibyte = 1_048_576.0
    let model = instance
    let gaps = model.gaps.indices.filter {
      model.gaps[$0].nvme != nil && model.gaps[$0].bytes > 0
    }
    func table(_ name: String, _ time: ((write: Double, read: Double)) -> Double) -> String {
      let entries = gaps.compactMap { gap in
        model.gaps[gap].nvme.map { "\(gap) \(time($0) / 1e3)" }
      }
      return "param \(name) := \(entries.joined(separator: ", "));"
    }
    let rates = SwapFormulation.nvmeRates(of: model)
    var lines = [
      "set NVME := \(gaps.map(String.init).joined(separator: " "));",
      table("copy_write") { $0.write }, table("copy_read") { $0.read },
      "param rate_write := \(rates.write);", "param rate_read := \(rates.read);",
      "param duplex_write := \(model.duplexWrite);", "param duplex_read := \(model.duplexRead);",
    ]
    if let budget = model.hostBudget {
      lines.append("param host_budget := \(Double(budget) / mebibyte);")
    }
    if let budget = model.nvmeBudget {
      lines.append("param nvme_budget := \(Double(budget) / mebibyte);")
    }
    return lines
  }
}
