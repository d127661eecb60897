import Profiles

/// Members of a zip archive, stored or deflated, as `numpy.savez` writes them (PKWARE APPNOTE 6.3.10).
struct ZipArchive {
  struct Member {
    let name: String
    let content: [UInt8]
  }

  /// How an archive with members begins.
  static let magic: [UInt8] = [0x50, 0x4B, 3, 4]
  /// How one without members begins.
  static let emptyMagic: [UInt8] = [0x50, 0x4B, 5, 6]

  /// The members in the order of the archive's directory.
  let members: [Member]

  private static let directoryMagic = 0x0201_4B50
  private static let memberMagic = 0x0403_4B50
  private static let endBytes = 22
  /// What a field of 32 or 16 bits says where a larger one holds the number.
  private static let elsewhere = 0xFFFF_FFFF

  init(_ bytes: ArraySlice<UInt8>, file: String) throws(CollectorError) {
    let damaged = CollectorError.malformed(
      file: file, problem: "the archive's directory is damaged or cut off; fetch or write it again")
    guard let (start, count) = ZipArchive.directory(of: bytes) else { throw damaged }
    var cursor = ByteCursor(bytes)
    guard cursor.take(start) != nil else { throw damaged }
    // Archives of more members, or larger ones, are refused before anything is decompressed.
    let most = InputLimits.current[.bytes]
    guard count <= InputLimits.current[.members] else {
      throw .tooLarge(
        file: file, place: "the directory",
        problem: "\(count) members are too many; \(InputLimits.raise(.members))")
    }
    var found: [Member] = []
    var total = 0
    for _ in 0..<count {
      guard let entry = DirectoryEntry(&cursor) else { throw damaged }
      if entry.name.hasSuffix("/") { continue }
      total = total.addingReportingOverflow(entry.bytes).partialValue
      guard (0...most).contains(entry.bytes), (0...most).contains(total) else {
        throw .tooLarge(
          file: file, place: JSON.quoted(entry.name),
          problem: "the members are too large together; save fewer in one file; "
            + InputLimits.raise(.bytes))
      }
      found.append(
        Member(name: entry.name, content: try ZipArchive.content(of: entry, in: bytes, file)))
    }
    members = found
  }

  /// The directory's place and number of members, from the record at the end or the larger one before it.
  private static func directory(of bytes: ArraySlice<UInt8>) -> (start: Int, count: Int)? {
    // A comment of up to 64 KiB may follow the record.
    let mark: [UInt8] = [0x50, 0x4B, 5, 6]
    guard bytes.count >= endBytes else { return nil }
    var place = bytes.count - endBytes
    let least = max(0, place - 0xFFFF)
    while !bytes.dropFirst(place).starts(with: mark) {
      if place == least { return nil }
      place -= 1
    }
    var record = ByteCursor(bytes.dropFirst(place))
    guard record.take(10) != nil, let count = record.number(2), record.number(4) != nil,
      let start = record.number(4)
    else { return nil }
    guard start == elsewhere || count == 0xFFFF, place >= 20 else { return (start, count) }
    var locator = ByteCursor(bytes.dropFirst(place - 20))
    guard locator.number(4) == 0x0706_4B50, locator.number(4) != nil, let end = locator.number(8)
    else { return (start, count) }
    var large = ByteCursor(bytes)
    guard large.take(end) != nil, large.number(4) == 0x0606_4B50, large.take(28) != nil,
      let largeCount = large.number(8), large.number(8) != nil, let largeStart = large.number(8)
    else { return nil }
    return (largeStart, largeCount)
  }

  /// What the directory says of a member.
  private struct DirectoryEntry {
    let name: String
    let flags: Int
    let method: Int
    let checksum: Int
    let compressedBytes: Int
    let bytes: Int
    let place: Int

    init?(_ cursor: inout ByteCursor) {
      guard cursor.number(4) == directoryMagic, cursor.take(4) != nil,
        let flags = cursor.number(2), let method = cursor.number(2), cursor.take(4) != nil,
        let checksum = cursor.number(4), var compressed = cursor.number(4),
        var bytes = cursor.number(4), let nameLength = cursor.number(2),
        let extraLength = cursor.number(2), let commentLength = cursor.number(2),
        cursor.take(8) != nil, var place = cursor.number(4), let name = cursor.take(nameLength),
        let extra = cursor.take(extraLength), cursor.take(commentLength) != nil
      else { return nil }
      var fields = ByteCursor(extra)
      while let id = fields.number(2), let length = fields.number(2),
        let field = fields.take(length)
      {
        guard id == 1 else { continue }
        // Only the numbers that didn't fit are here, in this order.
        var large = ByteCursor(field)
        if bytes == elsewhere { bytes = large.number(8) ?? -1 }
        if compressed == elsewhere { compressed = large.number(8) ?? -1 }
        if place == elsewhere { place = large.number(8) ?? -1 }
      }
      guard bytes >= 0, compressed >= 0, place >= 0 else { return nil }
      self.name = String(decoding: name, as: UTF8.self)
      self.flags = flags
      self.method = method
      self.checksum = checksum
      self.compressedBytes = compressed
      self.bytes = bytes
      self.place = place
    }
  }

  private static func content(
    of entry: DirectoryEntry, in bytes: ArraySlice<UInt8>, _ file: String
  ) throws(CollectorError) -> [UInt8] {
    func invalid(_ problem: String, _ remedy: String) -> CollectorError {
      .invalid(
        file: file, place: JSON.quoted(entry.name), problem: problem, remedy: remedy)
    }
    guard entry.flags & 1 == 0 else {
      throw invalid("the member is encrypted", "save it without a password")
    }
    var cursor = ByteCursor(bytes)
    guard cursor.take(entry.place) != nil, cursor.number(4) == memberMagic,
      cursor.take(22) != nil, let nameLength = cursor.number(2),
      let extraLength = cursor.number(2), cursor.take(nameLength) != nil,
      cursor.take(extraLength) != nil, let stored = cursor.take(entry.compressedBytes)
    else { throw invalid("the archive ends within the member", "fetch or write it again") }
    let content: [UInt8]
    switch entry.method {
    case 0:
      guard stored.count == entry.bytes else {
        throw invalid("the member has two sizes", "fetch or write it again")
      }
      content = Array(stored)
    case 8:
      do {
        content = try Deflate.decompress(stored, bytes: entry.bytes)
      } catch {
        throw invalid(error.problem, error.remedy)
      }
    default:
      throw invalid(
        "the member is compressed by method \(entry.method)",
        "save it with numpy.savez or numpy.savez_compressed")
    }
    guard Int(Deflate.checksum(of: content[...])) == entry.checksum else {
      throw invalid("the checksum is wrong", "fetch or write the file again")
    }
    return content
  }
}
