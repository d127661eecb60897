/// Measured transfers of one kind, with one line and with several lines through them.
public struct TransferModel: Sendable, Hashable {
  /// What is left unexplained, as shares of the measured times.
  public struct Residuals: Sendable, Hashable {
    /// The mean of the absolute relative errors.
    public let mean: Double
    /// The largest absolute relative error.
    public let largest: Double
  }

  /// What was measured.
  public let name: String
  /// The samples by size, then by time.
  public let samples: [TransferFit.Sample]
  /// How many samples were left out because they took no time.
  public let skippedCount: Int
  /// One line through all samples; nil if they have only one size.
  public let line: TransferFit?
  /// Lines side by side by ascending size; empty where one line does as well.
  public let pieces: [TransferFit]

  /// The most lines that are tried.
  static let maximumPieces = 3
  /// The fewest samples of one line among several.
  static let minimumSamples = 3
  /// The most places that are tried for the end of a line.
  static let maximumBreaks = 64

  /// Fits the lines.
  ///
  /// One more line is taken only if it halves the sum of the squared relative errors at least.
  public init(name: String, samples all: [TransferFit.Sample]) {
    self.name = name
    let samples = all.filter { $0.microseconds > 0 && $0.bytes >= 0 }
      .sorted { ($0.bytes, $0.microseconds) < ($1.bytes, $1.microseconds) }
    self.samples = samples
    skippedCount = all.count - samples.count
    line = TransferFit(samples)
    pieces = line.map { TransferModel.pieces(of: samples, line: $0) } ?? []
  }

  /// Returns the best lines, found by dynamic programming over the sizes at which one may end.
  private static func pieces(of samples: [TransferFit.Sample], line: TransferFit) -> [TransferFit] {
    var ends = samples.indices.dropFirst().filter { samples[$0].bytes > samples[$0 - 1].bytes }
    if ends.count > maximumBreaks {
      ends = (0..<maximumBreaks).map { ends[$0 * ends.count / maximumBreaks] }
    }
    let places = [0] + ends + [samples.count]
    typealias Cover = (error: Double, lines: [TransferFit])
    // best[k] covers the samples before places[k] with so many lines as there were rounds.
    var best: [Cover?] = places.map { $0 == 0 ? (0, []) : nil }
    var chosen: Cover = (line.squaredError(of: samples), [])
    for round in 1...maximumPieces {
      var next: [Cover?] = places.map { _ in nil }
      for (start, cover) in best.enumerated() {
        guard let cover else { continue }
        for end in (start + 1)..<max(start + 1, places.count) {
          let part = samples[places[start]..<places[end]]
          guard part.count >= minimumSamples, let fit = TransferFit(part) else { continue }
          let error = cover.error + fit.squaredError(of: part)
          if error < next[end]?.error ?? .infinity { next[end] = (error, cover.lines + [fit]) }
        }
      }
      best = next
      if round > 1, let whole = next[places.count - 1], whole.error <= chosen.error / 2,
        chosen.error > 1e-18 * Double(samples.count)
      {
        chosen = whole
      }
    }
    return chosen.lines
  }

  /// Returns the time of a transfer by the line whose sizes hold it, else by the next one below.
  public func microseconds(bytes: Double) -> Double? {
    let piece = pieces.last { $0.sizes.lowerBound <= bytes } ?? pieces.first ?? line
    return piece?.microseconds(bytes: bytes)
  }

  /// What one line leaves unexplained.
  public var lineResiduals: Residuals? {
    line.map { line in residuals { line.microseconds(bytes: $0) } }
  }

  /// What the several lines leave unexplained; nil where one does as well.
  public var pieceResiduals: Residuals? {
    pieces.isEmpty ? nil : residuals { microseconds(bytes: $0) ?? 0 }
  }

  private func residuals(_ model: (Double) -> Double) -> Residuals {
    let errors = samples.map { abs(model($0.bytes) / $0.microseconds - 1) }
    return Residuals(
      mean: errors.reduce(0, +) / Double(max(1, errors.count)), largest: errors.max() ?? 0)
  }
}
