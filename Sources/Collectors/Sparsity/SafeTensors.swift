import Profiles

/// Tensors as `safetensors` writes them: the length of a header (8 bytes), the header in JSON, and the
/// elements, each tensor from one offset to another.
enum SafeTensors {
  /// The bytes of an element.
  private static let sizes = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2,
    "BF16": 2, "U32": 4, "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8,
  ]
  /// What the format allows.
  private static let maximumHeaderBytes = 100_000_000

  static func read(
    _ bytes: ArraySlice<UInt8>, file: String
  ) throws(CollectorError) -> [TensorFile.Entry] {
    var cursor = ByteCursor(bytes)
    guard let length = cursor.number(8), length <= maximumHeaderBytes,
      let header = cursor.take(length)
    else {
      throw .malformed(file: file, problem: "the header is cut off; fetch or write the file again")
    }
    let tree: JSON
    do {
      tree = try JSONScanner.parse(Array(header))
    } catch {
      throw .malformed(file: file, problem: "header: \(error.fault)")
    }
    guard case .object(let members) = tree else {
      throw .malformed(file: file, problem: "the header is no JSON object; write the file again")
    }
    let data = cursor.take(cursor.left) ?? []
    var entries: [TensorFile.Entry] = []
    var names: Set<String> = []
    for member in members where member.key != "__metadata__" {
      guard names.insert(member.key).inserted else {
        throw invalid(file, member.key, "the tensor stands twice in the header")
      }
      entries.append(try entry(member, in: data, file))
    }
    return entries
  }

  private static func entry(
    _ member: JSON.Member, in data: ArraySlice<UInt8>, _ file: String
  ) throws(CollectorError) -> TensorFile.Entry {
    guard case .object(let fields) = member.value else {
      throw invalid(file, member.key, "the entry is no JSON object")
    }
    func field(_ key: String) -> JSON? { fields.first { $0.key == key }?.value }
    guard case .string(let type)? = field("dtype") else {
      throw invalid(file, member.key, "dtype is missing")
    }
    guard let elementBytes = sizes[type] else {
      throw .unsupported(
        file: file, place: JSON.quoted(member.key),
        problem: "dtype \(JSON.quoted(type)) is unknown",
        remedy: "save it as one of \(sizes.keys.sorted().joined(separator: ", "))")
    }
    guard let extents = integers(field("shape")), let offsets = integers(field("data_offsets")),
      offsets.count == 2
    else {
      throw invalid(file, member.key, "shape or data_offsets are missing or no whole numbers")
    }
    var expected = elementBytes
    for extent in extents {
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw invalid(file, member.key, "the shape is too large") }
      expected = product
    }
    guard offsets[0] <= offsets[1], offsets[1] <= data.count else {
      throw invalid(
        file, member.key,
        "the offsets \(offsets[0]) to \(offsets[1]) leave the \(data.count) bytes of elements")
    }
    guard offsets[1] - offsets[0] == expected else {
      throw invalid(
        file, member.key,
        "the offsets hold \(offsets[1] - offsets[0]) bytes, the shape asks for \(expected)")
    }
    let start = data.startIndex + offsets[0]
    return TensorFile.Entry(
      name: member.key, elementBytes: elementBytes, type: type,
      bytes: data[start..<start + expected])
  }

  /// A list of whole numbers from 0 on.
  private static func integers(_ value: JSON?) -> [Int]? {
    guard case .array(let elements)? = value else { return nil }
    var numbers: [Int] = []
    for element in elements {
      guard case .integer(let number) = element, number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private static func invalid(_ file: String, _ tensor: String, _ problem: String) -> CollectorError
  {
    .invalid(
      file: file, place: JSON.quoted(tensor), problem: problem,
      remedy: "fetch or write the file again")
  }
}
