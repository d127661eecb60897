/// Codecs in a file of their own: `{"schema": "planner.codecs/1", "codecs": […]}`, each as in a profile.
public enum CodecFile {
  /// What the key `schema` of such a file says.
  public static let schemaName = "planner.codecs/1"

  /// Reads a file, plain or compressed with gzip, and checks it.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - name: What messages call the file.
  public static func read(_ bytes: [UInt8], name: String) throws(ProfileError) -> [CodecModel] {
    var reader = JSONReader()
    do {
      let tree = try JSONScanner.parse(try InputFile.content(of: bytes))
      return try read(tree, with: &reader, name: name)
    } catch let error as ProfileError {
      throw error
    } catch let error as JSONSyntaxError {
      throw ProfileError(file: name, faults: [error.fault])
    } catch {
      throw ProfileError(
        file: name,
        faults: [
          error as? Fault ?? Fault(place: "", problem: "\(error)", remedy: "check the file")
        ])
    }
  }

  private static func read(
    _ tree: JSON, with reader: inout JSONReader, name: String
  ) throws(ProfileError) -> [CodecModel] {
    var codecs: [CodecModel]?
    if reader.checkSchema(tree, is: schemaName),
      let object = reader.object(
        tree, at: .root, of: "a file of codecs", keys: ["schema", "codecs"])
    {
      _ = reader.required("codecs", in: object, .array)
      codecs = reader.codecs(in: object)
    }
    guard let codecs, reader.faults.isEmpty else {
      throw ProfileError(file: name, faults: reader.faults.first, count: reader.faults.count)
    }
    return codecs
  }

  /// Returns codecs as a file.
  public static func encoded(_ codecs: [CodecModel]) -> [UInt8] {
    let json = JSON.object([
      .init(key: "schema", value: .string(schemaName)),
      .init(key: "codecs", value: .array(codecs.map(\.json))),
    ])
    return JSONWriter.encode(json, pretty: true)
  }
}
