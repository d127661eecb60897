/// A file that a collector reads, after decompression.
public struct SourceFile: Sendable {
  /// The file's name without its folder, for errors and for the profile.
  public let name: String
  /// The content.
  public let bytes: [UInt8]
  /// The SHA-256 digest of the file as it is stored, in hexadecimal, if it is known.
  public let sha256: String?

  /// Creates a file.
  public init(name: String, bytes: [UInt8], sha256: String? = nil) {
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
  }
}
