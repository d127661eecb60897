internal import Codecs
public import Profiles

/// Counts the zeros of recorded tensors and notes them in a profile.
///
/// Files are arrays of NumPy (`.npy`, `.npz`), safetensors, or raw elements, whose size then comes from
/// the profile. A tensor is found by its name in the file, or by the file's name without its ending.
/// An element is zero where all its bits are, as codecs see it: −0.0 and NaN aren't.
public struct SparsityCollector {
  /// What was found of one tensor.
  public struct Finding: Sendable, Hashable {
    /// The tensor's name in the profile.
    public let tensor: String
    /// The elements that were counted, over all files.
    public let elements: Int
    /// The share of elements that are not zero.
    public let density: Double
    /// The mean length of a run of zeros and the run after it, in elements.
    public let cycle: Double
  }

  /// The profile with the new histories.
  public private(set) var profile: Profile
  /// What was found, in the order of the profile.
  public private(set) var findings: [Finding] = []
  /// What else is worth knowing.
  public private(set) var notes: [String] = []

  private let epoch: Int

  /// Counts the tensors of all files, each tensor's parts together, and notes them for an epoch,
  /// instead of what the profile says of that epoch.
  ///
  /// - Parameters:
  ///   - files: Recorded tensors.
  ///   - profile: The profile that it is for.
  ///   - epoch: nil for the epoch after the last one that the profile knows; 0 if it knows none.
  ///   - tensor: The tensor that a file without names is of; nil for the one that the file is called by.
  /// - Throws: `CollectorError` with the file, the place in it, and a remedy.
  public init(
    _ files: [SourceFile], into profile: Profile, epoch: Int? = nil, tensor: String? = nil
  ) throws(CollectorError) {
    let known = profile.tensors.flatMap { $0.sparsity?.history.map(\.epoch) ?? [] }
    self.epoch = epoch ?? known.max().map { $0 + 1 } ?? 0
    self.profile = profile
    var indices: [String: Int] = [:]
    for (index, tensor) in profile.tensors.enumerated() { indices[tensor.id] = index }
    if let tensor, indices[tensor] == nil {
      throw .option(
        name: "tensor", problem: "the profile has no tensor \(JSON.quoted(tensor))",
        remedy: "see planner report for its names")
    }
    var sums: [Int: Sum] = [:]
    for file in files { try count(file, indices, tensor, into: &sums) }
    for index in sums.keys.sorted() {
      if let sum = sums[index] { note(sum, of: index) }
    }
  }

  // MARK: Counting

  /// The counts of one tensor.
  private struct Sum {
    var elements = 0
    var nonzeros = 0
    /// Runs of zeros and of the rest.
    var runs = 0
  }

  private mutating func count(
    _ file: SourceFile, _ indices: [String: Int], _ tensor: String?, into sums: inout [Int: Sum]
  ) throws(CollectorError) {
    let entries = try TensorFile(file).entries
    var unknown: [String] = []
    for entry in entries {
      let name = entry.name ?? tensor ?? TensorFile.stem(of: file.name)
      guard let index = indices[name] else {
        unknown.append(name)
        continue
      }
      guard !entry.bytes.isEmpty else {
        notes.append("\(file.name): \(name) is empty; left out")
        continue
      }
      let counted = try count(entry, of: profile.tensors[index], file)
      sums[index, default: Sum()].elements += counted.elements
      sums[index, default: Sum()].nonzeros += counted.nonzeros
      sums[index, default: Sum()].runs += counted.transitions + 1
      if entry.bytes.count != profile.tensors[index].bytes {
        notes.append(
          "\(file.name): \(name) has \(Quantity.exactBytes(entry.bytes.count)), in the profile "
            + "\(Quantity.exactBytes(profile.tensors[index].bytes)); taken as a sample of it")
      }
    }
    if unknown.count == entries.count, let first = unknown.first {
      throw .invalid(
        file: file.name, place: entries.count == 1 ? "name" : "names",
        problem: "the profile has no tensor \(JSON.quoted(first))",
        remedy: "call the file, or the array in it, as the profile calls the tensor, or name it "
          + "with --tensor")
    }
    if let first = unknown.first {
      notes.append(
        "\(file.name): \(unknown.count) of \(entries.count) arrays are of no tensor of the profile, "
          + "such as \(JSON.quoted(first)); left out")
    }
  }

  private func count(
    _ entry: TensorFile.Entry, of tensor: Tensor, _ file: SourceFile
  ) throws(CollectorError) -> SparsityCount {
    guard let elementBytes = entry.elementBytes ?? tensor.elementBytes else {
      throw .invalid(
        file: file.name, place: JSON.quoted(tensor.id),
        problem: "neither the file nor the profile tells the size of an element",
        remedy: "add dtype to the tensor, or save the elements with numpy.save")
    }
    do {
      return try entry.bytes.withUnsafeBytes { bytes throws(CodecError) in
        try SparsityCount(counting: bytes, elementBytes: elementBytes)
      }
    } catch {
      throw .invalid(
        file: file.name, place: JSON.quoted(tensor.id), problem: "\(error)",
        remedy: "check that the file is complete")
    }
  }

  private mutating func note(_ sum: Sum, of index: Int) {
    let density = Double(sum.nonzeros) / Double(sum.elements)
    let cycle = 2 * Double(sum.elements) / Double(sum.runs)
    let sample = Sparsity.Sample(epoch: epoch, density: density, cycle: cycle)
    var history = profile.tensors[index].sparsity?.history ?? []
    history.removeAll { $0.epoch == epoch }
    history.append(sample)
    history.sort { $0.epoch < $1.epoch }
    profile.tensors[index].sparsity = Sparsity(history: history)
    findings.append(
      Finding(
        tensor: profile.tensors[index].id, elements: sum.elements, density: density, cycle: cycle))
  }
}
