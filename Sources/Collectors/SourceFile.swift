/// A file that a collector reads, after decompression.
public struct SourceFile: Sendable {
  /// The file's name without its folder, for errors and for the profile.
  public let name: String
  /// The content, without the mark that some editors put before a text in UTF-8.
  public let bytes: [UInt8]
  /// The SHA-256 digest of the file as it is stored, in hexadecimal, if it is known.
  public let sha256: String?

  /// Creates a file.
  public init(name: String, bytes: [UInt8], sha256: String? = nil) {
    self.name = name
    self.bytes = bytes.starts(with: Self.byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
    self.sha256 = sha256
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
