import Profiles

/// The gradients that several workers recorded, by tensor.
struct GradientRecording {
  /// The names in the order of the files.
  private(set) var names: [String] = []
  /// The elements of each worker, in the order of the files; as many in each.
  private(set) var workers: [String: [[Float]]] = [:]
  /// The bytes of the widest element.
  private(set) var elementBytes = 0

  /// Reads all files. A tensor that several files hold is that of several workers.
  ///
  /// - Parameter rawType: The type of elements in files that don't tell.
  init(_ files: [SourceFile], rawType: FloatingType) throws(CollectorError) {
    for file in files {
      for entry in try TensorFile(file).entries {
        let name = entry.name ?? TensorFile.stem(of: file.name)
        try add(entry, called: name, file, rawType)
      }
    }
  }

  private mutating func add(
    _ entry: TensorFile.Entry, called name: String, _ file: SourceFile, _ rawType: FloatingType
  ) throws(CollectorError) {
    func invalid(_ problem: String, _ remedy: String) -> CollectorError {
      .invalid(file: file.name, place: JSON.quoted(name), problem: problem, remedy: remedy)
    }
    var type = rawType
    if let called = entry.type {
      guard let known = FloatingType(called: called) else {
        throw invalid(
          "elements of type \(JSON.quoted(called)) are no floating-point numbers known here",
          "save them as float32, float16, bfloat16 or float64, little-endian")
      }
      type = known
    }
    guard !entry.bytes.isEmpty, entry.bytes.count % type.bytes == 0 else {
      throw invalid(
        "\(entry.bytes.count) bytes are no elements of \(type.rawValue)",
        "give the type with --dtype, or leave the tensor out")
    }
    let elements = type.floats(entry.bytes)
    if let index = elements.firstIndex(where: { !$0.isFinite }) {
      throw invalid(
        "element \(index) is \(elements[index])", "record a step whose gradients are finite")
    }
    if let first = workers[name]?.first, first.count != elements.count {
      throw invalid(
        "\(elements.count) elements, in a file before \(first.count)",
        "give files of workers that train the same model")
    }
    if workers[name] == nil { names.append(name) }
    workers[name, default: []].append(elements)
    elementBytes = max(elementBytes, min(4, type.bytes))
  }
}
