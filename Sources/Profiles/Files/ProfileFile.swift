/// A profile together with the text that it was read from.
public struct ProfileFile: Sendable {
  /// The text after decompression: the digest of a profile is taken of these bytes.
  public let content: [UInt8]
  /// The profile.
  public let profile: Profile

  /// Reads a file, plain or compressed with gzip.
  ///
  /// A file may hold up to 1 GiB after decompression.
  public static func load(_ path: String) throws(ProfileError) -> ProfileFile {
    let content: [UInt8]
    do {
      content = try InputFile.read(path)
    } catch {
      throw ProfileError(file: path, faults: [error])
    }
    return ProfileFile(content: content, profile: try Profile.parse(content, name: path))
  }

  /// Reads bytes, plain or compressed with gzip.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func load(_ bytes: [UInt8], name: String) throws(ProfileError) -> ProfileFile {
    let content: [UInt8]
    do {
      content = try InputFile.content(of: bytes)
    } catch {
      throw ProfileError(file: name, faults: [error])
    }
    return ProfileFile(content: content, profile: try Profile.parse(content, name: name))
  }
}
