import Profiles

/// The tensors of a file, as its bytes hold them.
struct TensorFile {
  /// One tensor.
  struct Entry {
    /// The name; nil where the file has none.
    let name: String?
    /// The bytes of an element; nil where the file doesn't tell.
    let elementBytes: Int?
    /// The type of an element as the file calls it, such as `<f4` or `F32`; nil where it doesn't tell.
    let type: String?
    /// The elements.
    let bytes: ArraySlice<UInt8>
  }

  let entries: [Entry]

  /// Reads a file of any of the kinds, told from how it begins and, for safetensors, is called.
  init(_ file: SourceFile) throws(CollectorError) {
    let bytes = file.bytes[...]
    if bytes.starts(with: NumPyArray.magic) {
      entries = [try NumPyArray.read(bytes, name: nil, file: file.name, place: "header")]
    } else if bytes.starts(with: ZipArchive.magic) || bytes.starts(with: ZipArchive.emptyMagic) {
      entries = try ZipArchive(bytes, file: file.name).members.map {
        member throws(CollectorError) in
        let name =
          member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
        return try NumPyArray.read(
          member.content[...], name: name, file: file.name, place: JSON.quoted(member.name))
      }
    } else if file.name.hasSuffix(".safetensors") {
      entries = try SafeTensors.read(bytes, file: file.name)
    } else if let ending = TensorFile.misnamed.first(where: { file.name.hasSuffix($0) }) {
      throw .malformed(
        file: file.name,
        problem: "it doesn't begin as a file called \(ending) does; fetch or write it again")
    } else {
      entries = [Entry(name: nil, elementBytes: nil, type: nil, bytes: bytes)]
    }
  }

  /// A file's name without its endings.
  static func stem(of file: String) -> String {
    var stem = Substring(file)
    for ending in [".gz", ".npy", ".npz", ".bin", ".raw", ".dat"] where stem.hasSuffix(ending) {
      stem = stem.dropLast(ending.count)
    }
    return String(stem)
  }

  /// Endings of files that are never raw elements.
  private static let misnamed = [".npy", ".npz", ".pt", ".pth", ".json", ".pickle", ".pkl"]
}

/// A place in bytes that was checked to be there.
struct ByteCursor {
  private let bytes: ArraySlice<UInt8>
  private(set) var offset = 0

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The bytes that are left.
  var left: Int { bytes.count - offset }

  /// Takes some bytes; nil where fewer are left.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= left else { return nil }
    let start = bytes.startIndex + offset
    offset += count
    return bytes[start..<start + count]
  }

  /// Takes a little-endian number of up to 8 bytes; nil where fewer are left or it is above 2⁶³ − 1.
  mutating func number(_ count: Int) -> Int? {
    guard let part = take(count) else { return nil }
    var value: UInt64 = 0
    for byte in part.reversed() { value = value << 8 | UInt64(byte) }
    return Int(exactly: value)
  }
}
