import Profiles
import Testing

@testable import Reports

@Suite("Fits of transfers")
struct TransferFitTests {
  typealias Sample = TransferFit.Sample

  static func samples(_ pairs: [(Double, Double)]) -> [Sample] {
    pairs.map { Sample(bytes: $0.0, microseconds: $0.1) }
  }

  @Test("exact samples give their latency and rate back, and need no second line")
  func exact() throws {
    // 5 µs + bytes / (2 GB/s), 2 GB/s being 2000 bytes in a microsecond.
    let model = TransferModel(
      name: "h2d", samples: Self.samples([(0, 5), (2000, 6), (10_000, 10), (2_000_000, 1005)]))
    let line = try #require(model.line)
    #expect(abs(line.latencyMicroseconds - 5) < 1e-9)
    #expect(abs(try #require(line.gbPerSecond) - 2) < 1e-9)
    #expect(try #require(model.lineResiduals).largest < 1e-9)
    #expect(model.pieces.isEmpty)
    #expect(model.samples.count == 4)
  }

  @Test("the squares of the relative errors are the least, worked out by hand")
  func relative() throws {
    // Times 1, 2, 1 at sizes 0, 1, 0: with α and β the errors are α - 1 twice and (α + β) / 2 - 1.
    let fit = try #require(TransferFit(Self.samples([(0, 1), (1, 2), (0, 1)])))
    #expect(abs(fit.latencyMicroseconds - 1) < 1e-12)
    #expect(abs(fit.microsecondsPerByte - 1) < 1e-12)
    // Times 1 and 3 at size 0: α/1 - 1 and α/3 - 1 give α = (1 + 1/3) / (1 + 1/9) = 1.2.
    let spread = try #require(TransferFit(Self.samples([(0, 1), (0, 3), (1, 5)])))
    #expect(abs(spread.latencyMicroseconds - 1.2) < 1e-12)
    #expect(abs(spread.microsecondsPerByte - 3.8) < 1e-12)
    let model = TransferModel(name: "t", samples: Self.samples([(0, 1), (0, 3), (1, 5)]))
    // Errors 0.2, 0.6 and 0.
    #expect(abs(try #require(model.lineResiduals).mean - 0.8 / 3) < 1e-12)
    #expect(abs(try #require(model.lineResiduals).largest - 0.6) < 1e-12)
  }

  @Test("neither latency nor rate is negative")
  func edges() throws {
    let steep = try #require(TransferFit(Self.samples([(1, 1), (2, 4)])))
    #expect(steep.latencyMicroseconds == 0)
    #expect(steep.microsecondsPerByte > 0)
    let falling = try #require(TransferFit(Self.samples([(1, 4), (2, 1)])))
    #expect(falling.microsecondsPerByte == 0)
    #expect(falling.gbPerSecond == nil)
    #expect(TransferFit(Self.samples([(1, 4), (1, 5)])) == nil)
    #expect(TransferFit(Self.samples([])) == nil)
    #expect(TransferFit(Self.samples([(1, 0), (2, 5)])) == nil)
  }

  @Test("two regimes get two lines, which end where the regime does")
  func pieces() throws {
    // 10 µs + bytes / 1000 up to 4000; 100 µs + bytes / 10⁴ from 10⁵ on.
    let small = [1000.0, 2000, 3000, 4000].map { ($0, 10 + $0 / 1000) }
    let large = [1e5, 2e5, 3e5, 4e5].map { ($0, 100 + $0 / 1e4) }
    let model = TransferModel(name: "sum", samples: Self.samples(large.reversed() + small))
    #expect(model.pieces.map(\.sizes) == [1000...4000, 1e5...4e5])
    #expect(model.pieces.map(\.sampleCount) == [4, 4])
    #expect(
      zip(model.pieces.map(\.latencyMicroseconds), [10, 100]).allSatisfy {
        abs($0 - $1) < 1e-6
      })
    #expect(try #require(model.pieceResiduals).largest < 1e-9)
    #expect(try #require(model.lineResiduals).largest > 0.05)
    #expect(abs(try #require(model.microseconds(bytes: 2500)) - 12.5) < 1e-6)
    #expect(abs(try #require(model.microseconds(bytes: 2.5e5)) - 125) < 1e-6)
  }

  @Test("operators are grouped by name without numbers; what took no time is counted apart")
  func groups() throws {
    var profile = ProfileSample.profile
    func message(_ id: String, _ time: Double, _ phase: Operator.Phase, _ bytes: Double) -> Operator
    {
      Operator(
        id: id, phase: phase, durationMicroseconds: time, reads: [], writes: [],
        bytesAccessed: bytes)
    }
    profile.operators = [
      message("layers.0.sum", 2, .communication, 1000),
      message("layers.1.sum", 3, .communication, 2000),
      message("7.Memcpy HtoD (Pinned -> Device)", 4, .forward, 4000),
      message("layers.2.sum", 0, .communication, 1000),
      message("relu", 9, .forward, 4000),
    ]
    profile.device?.hostToDevice = Link(
      latencyMicroseconds: 1,
      points: [.init(bytes: 1000, gbPerSecond: 1), .init(bytes: 4000, gbPerSecond: 2)])
    let models = ProfileReport(profile).transfers
    #expect(models.map(\.name) == ["layers.*.sum", "Memcpy HtoD (Pinned -> Device)", "link h2d"])
    #expect(models.map(\.skippedCount) == [1, 0, 0])
    #expect(models[0].line?.latencyMicroseconds == 1)
    #expect(models[1].line == nil)
    #expect(models[2].samples.map(\.microseconds) == [2, 3])
  }
}
