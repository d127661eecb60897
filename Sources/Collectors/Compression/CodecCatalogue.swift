public import Profiles

/// Codecs that others measured, by name: the built-in ones and those of the user's own files.
public struct CodecCatalogue: Sendable, Hashable {
  /// The codecs, sorted by name.
  public private(set) var codecs: [CodecModel]

  /// Returns the codecs that come with planner.
  public static func builtIn() throws(ProfileError) -> CodecCatalogue {
    var catalogue = CodecCatalogue(codecs: [])
    try catalogue.add(PackageResources.codecs_json, file: "codecs.json")
    return catalogue
  }

  /// Adds the codecs of a file; those of a known name replace the earlier ones.
  public mutating func add(_ json: [UInt8], file: String) throws(ProfileError) {
    var byName = Dictionary(uniqueKeysWithValues: codecs.map { ($0.id, $0) })
    for codec in try CodecFile.read(json, name: file) { byName[codec.id] = codec }
    codecs = byName.values.sorted { $0.id < $1.id }
  }

  /// Returns a codec.
  ///
  /// - Throws: `CollectorError.option` with the known names.
  public func codec(named name: String) throws(CollectorError) -> CodecModel {
    if let codec = codecs.first(where: { $0.id == name }) { return codec }
    throw .option(
      name: "add", problem: "no codec '\(name)' in the catalogue",
      remedy: "known are " + codecs.map(\.id).joined(separator: ", "))
  }
}
