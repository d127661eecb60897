public import Profiles
import SwiftProtobuf

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Turns an ONNX graph into the profile of one training iteration.
///
/// The graph gives the operators and, by shape inference, their tensors; the backward pass follows
/// operator by operator what PyTorch's autograd keeps and frees; times come from a roofline with
/// measured efficiencies. Weights aren't read, so files without them do as well.
public struct ONNXCollector: Sendable {
  /// The number of samples in the iteration.
  public let batch: Int
  /// The type of parameters, activations, gradients and optimizer states.
  public let dtype: RealType
  /// How parameters change.
  public let optimizer: Optimizer
  /// The device that runs the iteration.
  public let device: Device
  /// Whether operators that the collector doesn't know are costed by the bytes they move.
  public let allowUnknown: Bool
  /// Extents of named dimensions other than the batch, such as `sequence`.
  public let dimensions: [String: Int]
  /// The efficiency of matrix products; nil for the catalogue's curve of the device.
  public let efficiency: EfficiencyCurve?

  /// The largest batch that is accepted.
  public static let maximumBatch = 1 << 24

  /// Creates a collector.
  public init(
    batch: Int, dtype: RealType = .float32, optimizer: Optimizer = .sgdMomentum, device: Device,
    allowUnknown: Bool = false, dimensions: [String: Int] = [:],
    efficiency: EfficiencyCurve? = nil
  ) {
    self.batch = batch
    self.dtype = dtype
    self.optimizer = optimizer
    self.device = device
    self.allowUnknown = allowUnknown
    self.dimensions = dimensions
    self.efficiency = efficiency
  }

  /// Reads a graph and returns the profile of one iteration.
  ///
  /// - Parameters:
  ///   - data: The contents of the file.
  ///   - file: The file's name, for the profile and for errors.
  public func collect(_ data: Data, file: String) throws(CollectorError) -> Profile {
    try profile(data, file: file)
  }

  /// Reads a graph and returns the profile of one iteration.
  ///
  /// - Parameters:
  ///   - bytes: The contents of the file.
  ///   - file: The file's name, for the profile and for errors.
  /// - Throws: `CollectorError` with the node and the remedy, if the file is damaged, contradicts
  ///   itself, asks for more memory than can be counted, or uses an unknown operator.
  public func collect(_ bytes: [UInt8], file: String) throws(CollectorError) -> Profile {
    try profile(bytes, file: file)
  }

  private func profile(
    _ bytes: some SwiftProtobufContiguousBytes, file: String
  ) throws(CollectorError) -> Profile {
    let (curve, curveNote) = try chosenEfficiency()
    let roofline = try Roofline(device: device, real: dtype, curve: curve)
    let network = try network(bytes, file: file)
    var builder = IterationBuilder(
      network: network, real: dtype, roofline: roofline, optimizer: optimizer)
    let lossNotes = try builder.addIteration(file: file)
    try checkTotals(builder, file: file)
    let unknown = Set(network.nodes.filter(\.isUnknown).map(\.node.type)).sorted()
    var findings = Findings()
    for text in assumptions + lossNotes + [curveNote] { findings.assumed(text) }
    for type in unknown { findings.assumed("operator \(type) isn't known: costed by its bytes") }
    let name = file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
    return Profile(
      name: name,
      source: Profile.Source(
        collector: "onnx", file: file, notes: findings.notes),
      device: device, tensors: builder.tensors, operators: builder.operators)
  }

  // MARK: Graph

  /// Infers the network at the batch of the iteration and checks it against the file's own batch.
  func network(
    _ bytes: some SwiftProtobufContiguousBytes, file: String
  ) throws(CollectorError) -> Network {
    try network(try ONNXModel(decoding: bytes, file: file), file: file)
  }

  /// Likewise of a model that has been read.
  func network(_ model: ONNXModel, file: String) throws(CollectorError) -> Network {
    guard (1...ONNXCollector.maximumBatch).contains(batch) else {
      throw .option(
        name: "batch", problem: "\(batch) isn't between 1 and \(ONNXCollector.maximumBatch)",
        remedy: "give the number of samples per iteration")
    }
    guard let graph = model.graph, !graph.nodes.isEmpty else {
      throw .malformed(file: file, problem: "it holds no graph with nodes; is it an ONNX file?")
    }
    let versions = model.operatorSets.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }
    let importer = GraphImport(
      file: file, graph: graph, version: Int(versions.first?.version ?? 1), real: dtype,
      dimensions: dimensions, allowsUnknown: allowUnknown)
    let network = try importer.network(batch: batch)
    // Two samples where the file leaves the batch open: with one, dimensions of extent 1 would be
    // taken for others.
    let ownBatch = importer.fileBatch ?? 2
    if ownBatch != batch {
      try check(
        network, at: batch, against: try importer.network(batch: ownBatch), at: ownBatch,
        file: file)
    }
    return network
  }

  /// Checks that every value stays as it is or grows with the batch.
  private func check(
    _ network: Network, at batch: Int, against own: Network, at ownBatch: Int, file: String
  ) throws(CollectorError) {
    for entry in network.nodes {
      for name in entry.node.outputs {
        guard let value = network.values[name], let before = own.values[name],
          value.count != before.count
        else { continue }
        let new = value.count.multipliedReportingOverflow(by: ownBatch)
        let old = before.count.multipliedReportingOverflow(by: batch)
        guard new == old, !new.overflow else {
          throw .unsupported(
            file: file, place: "node \(entry.name) (\(entry.node.type))",
            problem: "its output has shape \(before.shape) at batch \(ownBatch), "
              + "\(value.shape) at batch \(batch)",
            remedy: "export with a dynamic batch dimension, or keep the batch \(ownBatch)")
        }
      }
    }
  }

  private func checkTotals(
    _ builder: IterationBuilder, file: String
  ) throws(CollectorError) {
    let time = builder.operators.reduce(0) { $0 + $1.durationMicroseconds }
    guard time.isFinite else {
      throw .tooLarge(
        file: file, place: "the graph", problem: "its operations can't be counted")
    }
    var total = 0
    for tensor in builder.tensors {
      let (sum, overflow) = total.addingReportingOverflow(tensor.bytes)
      if overflow {
        throw .tooLarge(
          file: file, place: "tensor \(tensor.id)",
          problem: "the tensors together have more bytes than can be counted")
      }
      total = sum
    }
  }

  // MARK: Assumptions

  private func chosenEfficiency() throws(CollectorError) -> (EfficiencyCurve, String) {
    if let efficiency { return (efficiency, "efficiency: \(efficiency.source)") }
    let curve = try DeviceCatalogue.builtIn().efficiency(of: device.name)
    return (curve, "efficiency of matrix products: \(curve.name), \(curve.source)")
  }

  private var assumptions: [String] {
    [
      "batch \(batch), \(dtype.rawValue), optimizer \(optimizer.rawValue)",
      "parameters, gradients and optimizer states in \(dtype.rawValue), without a master copy",
      "times by a roofline: 80 % of the memory's peak rate, 3 µs per kernel",
      "convolutions without workspace; views (Reshape, Flatten, Squeeze …) take no time",
      "batch normalisation in training mode; the update of running statistics isn't modelled",
    ]
  }
}
