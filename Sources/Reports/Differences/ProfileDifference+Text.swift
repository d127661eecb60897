import Profiles

extension ProfileDifference {
  /// Returns the differences for people, at most 100 columns wide.
  ///
  /// - Parameters:
  ///   - isColored: Whether headings are coloured for a terminal.
  ///   - limit: How many rows each list has at most.
  public func text(isColored: Bool = false, limit: Int = 10) -> String {
    var page = Page(isColored: isColored)
    page.paragraph("\(first.name) and \(second.name)", tone: .heading)
    if isEmpty {
      page.paragraph(
        "The same: \(Quantity.count(matchedOperators, "operator")),"
          + " \(Quantity.count(matchedTensors, "tensor")),"
          + " \(Quantity.milliseconds(iterationMicroseconds.first ?? 0)),"
          + " \(Quantity.bytes(peakBytes.first ?? 0)) at the peak.", tone: .good)
      return page.text
    }
    addSummary(to: &page)
    addTotals("Time by phase", phases, Quantity.milliseconds, to: &page)
    addTotals("Bytes by kind", kinds, Quantity.bytes(rounding:), to: &page)
    addOperators(limit: limit, to: &page)
    addTensors(limit: limit, to: &page)
    return page.text
  }

  /// Adds both profiles as wholes, and what differs besides operators and tensors.
  private func addSummary(to page: inout Page) {
    var table = Table([.left, .right, .right, .right], header: ["", "first", "second", "change"])
    func append(_ name: String, _ first: Double, _ second: Double, _ phrase: (Double) -> String) {
      table.append(name, phrase(first), phrase(second), change(first, second, phrase))
    }
    let (time, peak) = (iterationMicroseconds, peakBytes)
    append("iteration", time.first ?? 0, time.second ?? 0, Quantity.milliseconds)
    append(
      "peak", Double(peak.first ?? 0), Double(peak.second ?? 0), Quantity.bytes(rounding:))
    page.table(table)
    if isDeviceChanged {
      let names = [first, second].map { $0.device?.name ?? "none" }
      page.paragraph(
        names[0] == names[1]
          ? "The device '\(names[0])' has other figures."
          : "The device is '\(names[1])' instead of '\(names[0])'.", indent: 2)
    }
    if isReordered {
      page.paragraph("Operators that both have run in another order.", indent: 2)
    }
  }

  private func change(_ first: Double, _ second: Double, _ phrase: (Double) -> String) -> String {
    guard first != second else { return "–" }
    let change = Quantity.signed(phrase(second - first))
    guard first > 0 else { return change }
    return "\(change) (\(Quantity.signed(Quantity.percent(second / first - 1))))"
  }

  private func addTotals(
    _ title: String, _ totals: [Total], _ phrase: (Double) -> String, to page: inout Page
  ) {
    guard !totals.isEmpty else { return }
    page.section(title)
    var table = Table([.left, .right, .right, .right, .right, .right])
    for total in totals {
      let (first, second) = (total.sums.first ?? 0, total.sums.second ?? 0)
      table.append(
        Tensor.Kind(rawValue: total.name)?.phrase ?? total.name, "\(total.counts.first ?? 0)",
        phrase(first), "\(total.counts.second ?? 0)", phrase(second), change(first, second, phrase))
    }
    page.table(table)
  }

  private func addOperators(limit: Int, to page: inout Page) {
    page.section(title("Operators", operators.map(Kind.init), matched: matchedOperators))
    var table = Table([.left, .flexible, .right, .right, .right, .flexible])
    for pair in operators.prefix(limit) {
      table.append(
        Kind(pair).rawValue, pair.name(\.id),
        pair.first.map { Quantity.milliseconds($0.durationMicroseconds) } ?? "–",
        pair.second.map { Quantity.milliseconds($0.durationMicroseconds) } ?? "–",
        change(
          pair.first?.durationMicroseconds ?? 0, pair.second?.durationMicroseconds ?? 0,
          Quantity.milliseconds), pair.otherChanges.joined(separator: ", "))
    }
    finish(table, of: operators.count, limit: limit, to: &page)
  }

  private func addTensors(limit: Int, to page: inout Page) {
    page.section(title("Tensors", tensors.map(Kind.init), matched: matchedTensors))
    var table = Table([.left, .flexible, .right, .right, .right, .flexible])
    for pair in tensors.prefix(limit) {
      table.append(
        Kind(pair).rawValue, pair.name(\.id), pair.first.map { Quantity.bytes($0.bytes) } ?? "–",
        pair.second.map { Quantity.bytes($0.bytes) } ?? "–",
        change(
          Double(pair.first?.bytes ?? 0), Double(pair.second?.bytes ?? 0),
          Quantity.bytes(rounding:)),
        pair.otherChanges.joined(separator: ", "))
    }
    finish(table, of: tensors.count, limit: limit, to: &page)
  }

  private func title(_ subject: String, _ kinds: [Kind], matched: Int) -> String {
    let counts = Kind.allCases.map { kind in
      "\(kinds.count { $0 == kind }) \(kind.rawValue)"
    }
    return "\(subject): \(counts.joined(separator: ", ")), \(matched) in both"
  }

  private func finish(_ table: Table, of count: Int, limit: Int, to page: inout Page) {
    page.table(table)
    if count > limit { page.paragraph("and \(count - limit) more", indent: 2) }
  }
}

// MARK: - Words

extension ProfileDifference {
  /// What became of an operator or tensor.
  enum Kind: String, CaseIterable {
    case added
    case removed
    case changed

    /// Tells by which profile lacks it.
    init<Item>(_ pair: Pair<Item>) {
      self = pair.first == nil ? .added : pair.second == nil ? .removed : .changed
    }
  }
}

extension ProfileDifference.Pair {
  /// The name, or both if they differ.
  func name(_ id: (Item) -> String) -> String {
    guard let first else { return second.map(id) ?? "" }
    guard let second, id(second) != id(first) else { return id(first) }
    return "\(id(first)) → \(id(second))"
  }

  /// Returns a phrase for a property that differs, if it does.
  fileprivate func phrase<Value: Equatable>(
    _ name: String, _ value: (Item) -> Value, _ text: (Value) -> String
  ) -> String? {
    guard let first, let second, value(first) != value(second) else { return nil }
    return "\(name) \(text(value(first))) → \(text(value(second)))"
  }
}

extension ProfileDifference.Pair where Item == Operator {
  /// What differs besides the time; empty for an operator without a partner.
  var otherChanges: [String] {
    func amount(_ value: Double?) -> String {
      value.map { Quantity.fixed($0, decimals: 0) } ?? "unknown"
    }
    return [
      phrase("phase", \.phase) { $0.rawValue },
      phrase("workspace", \.workspaceBytes, Quantity.bytes),
      phrase("flops", \.flops, amount), phrase("bytes accessed", \.bytesAccessed, amount),
      phrase("recomputable", \.isRecomputable) { "\($0)" },
      phrase("reads", { Set($0.reads).count }) { "\($0)" },
      phrase("writes", { Set($0.writes).count }) { "\($0)" },
    ].compactMap(\.self)
  }
}

extension ProfileDifference.Pair where Item == Tensor {
  /// What differs besides the bytes; empty for a tensor without a partner.
  var otherChanges: [String] {
    [
      phrase("kind", \.kind) { $0.phrase }, phrase("dtype", \.dtype) { $0 ?? "unknown" },
      phrase("shape", \.shape) { $0.map { "\($0)" } ?? "unknown" },
      phrase("persistent", \.isPersistent) { "\($0)" },
      phrase("movable", \.isMovable) { "\($0)" },
      phrase("alias of", \.aliasOf) { $0 ?? "none" },
      phrase("sparsity", \.sparsity) { "\(Quantity.count($0?.history.count ?? 0, "sample"))" },
    ].compactMap(\.self)
  }
}
