extension JSONReader {
  /// Reads a list of codecs and checks it.
  mutating func codecs(in object: JSONObject) -> [CodecModel]? {
    let found = faults.count
    let codecs = array("codecs", in: object) { $0.codec($1, at: $2) }
    if let codecs, faults.count == found {
      CodecModel.check(codecs, at: object.path["codecs"], into: &faults)
    }
    return codecs
  }

  private mutating func codec(_ value: JSON, at path: JSONPath) -> CodecModel? {
    guard let object = object(value, at: path, of: "a codec", keys: CodecModel.keys) else {
      return nil
    }
    let found = faults.count
    let id = requiredText("id", in: object)
    let place = requiredCase("runs_on", in: object, of: CodecModel.Place.self)
    let elementBytes = integer("element_bytes", in: object, .bytes)
    let ratio = required("ratio", in: object, .object).flatMap { codecRatio($0, at: path["ratio"]) }
    let worstRatio = requiredNumber("worst_ratio", in: object, .number)
    let worstExtraBytes = integer("worst_extra_bytes", in: object, .bytes)
    let leastBytes = integer("least_bytes", in: object, .bytes)
    let workspaceBytes = integer("workspace_bytes", in: object, .bytes)
    let encode = required("encode", in: object, .object).flatMap {
      throughput($0, at: path["encode"])
    }
    let decode = required("decode", in: object, .object).flatMap {
      throughput($0, at: path["decode"])
    }
    let contention = object["contention"].flatMap { self.contention($0, at: path["contention"]) }
    let loss = object["loss"].flatMap { self.loss($0, at: path["loss"]) }
    let source = text("source", in: object, .text)
    guard let id, let place, let ratio, let worstRatio, let encode, let decode,
      faults.count == found
    else { return nil }
    return CodecModel(
      id: id, place: place, elementBytes: elementBytes, ratio: ratio, worstRatio: worstRatio,
      worstExtraBytes: worstExtraBytes ?? 0, leastBytes: leastBytes ?? 0,
      workspaceBytes: workspaceBytes ?? 0, encode: encode, decode: decode,
      contention: contention, loss: loss, source: source)
  }

  private mutating func codecRatio(_ value: JSON, at path: JSONPath) -> CodecRatio? {
    let keys = ["form", "value", "points"]
    guard let object = object(value, at: path, of: "a ratio", keys: keys) else { return nil }
    guard let form = requiredCase("form", in: object, of: CodecRatio.Form.self) else { return nil }
    for (key, owner) in [("value", CodecRatio.Form.constant), ("points", .byDensity)]
    where object[key] != nil && form != owner {
      faults.add(
        path[key], "the form \(form.rawValue) has no \(key)",
        "remove it, or use the form \(owner.rawValue)")
    }
    switch form {
    case .zeroValue: return .zeroValue
    case .sparseRows: return .sparseRows
    case .runLength: return .runLength
    case .constant: return requiredNumber("value", in: object, .number).map(CodecRatio.constant)
    case .byDensity:
      _ = required("points", in: object, .array)
      let points = array("points", in: object) { reader, value, path -> CodecRatio.Point? in
        let keys = ["density", "ratio"]
        guard let object = reader.object(value, at: path, of: "a point", keys: keys) else {
          return nil
        }
        let density = reader.requiredNumber("density", in: object, .number)
        let ratio = reader.requiredNumber("ratio", in: object, .number)
        guard let density, let ratio else { return nil }
        return CodecRatio.Point(density: density, ratio: ratio)
      }
      return points.map(CodecRatio.byDensity)
    }
  }

  private mutating func throughput(_ value: JSON, at path: JSONPath) -> ThroughputTable? {
    let keys = ThroughputTable.keys
    guard let object = object(value, at: path, of: "a throughput", keys: keys) else { return nil }
    let found = faults.count
    let launch = number("launch_us", in: object, .microseconds)
    let fitError = number("fit_error", in: object, .number)
    let worstFitError = number("worst_fit_error", in: object, .number)
    guard let value = required("gb_per_s", in: object, .array) else { return nil }
    guard case .array = value else {
      for key in ["bytes", "densities", "copy_ratios", "fit_error", "worst_fit_error"]
      where object[key] != nil {
        faults.add(path[key], "gb_per_s is one number for all", "remove it, or write a table")
      }
      let rate = number(value, at: path["gb_per_s"], .rate)
      guard let rate, faults.count == found else { return nil }
      return ThroughputTable(gbPerSecond: rate, launchMicroseconds: launch ?? 0)
    }
    _ = required("bytes", in: object, .array)
    _ = required("densities", in: object, .array)
    let bytes = array("bytes", in: object) { $0.integer($1, at: $2, .bytes) }
    let densities = array("densities", in: object) { $0.number($1, at: $2, .number) }
    let rates = rows("gb_per_s", in: object)
    let ratios = rows("copy_ratios", in: object)
    guard let bytes, let densities, let rates, faults.count == found else { return nil }
    return ThroughputTable(
      launchMicroseconds: launch ?? 0, bytes: bytes, densities: densities, gbPerSecond: rates,
      copyRatios: ratios, fitError: fitError, worstFitError: worstFitError)
  }

  private mutating func rows(_ key: String, in object: JSONObject) -> [[Double]]? {
    array(key, in: object) { reader, value, path -> [Double]? in
      guard case .array(let elements) = value else {
        reader.faults.add(path, "\(value.shown) is not an array", "write a number for each density")
        return nil
      }
      return elements.enumerated().compactMap { reader.number($1, at: path[$0], .number) }
    }
  }

  private mutating func contention(_ value: JSON, at path: JSONPath) -> CodecModel.Contention? {
    let keys = ["compute_share", "memory_bytes_per_byte"]
    guard let object = object(value, at: path, of: "contention", keys: keys) else { return nil }
    let share = requiredNumber("compute_share", in: object, .number)
    let traffic = number("memory_bytes_per_byte", in: object, .number)
    return share.map { CodecModel.Contention(computeShare: $0, memoryBytesPerByte: traffic) }
  }

  private mutating func loss(_ value: JSON, at path: JSONPath) -> CodecModel.Loss? {
    guard let object = object(value, at: path, of: "loss", keys: ["metric", "value"]) else {
      return nil
    }
    let metric = requiredText("metric", in: object)
    let value = requiredNumber("value", in: object, .number)
    guard let metric, let value else { return nil }
    return CodecModel.Loss(metric: metric, value: value)
  }
}

extension CodecRatio {
  /// What files call the forms.
  enum Form: String, CaseIterable {
    case zeroValue = "zvc"
    case sparseRows = "csr16"
    case runLength = "rle"
    case constant
    case byDensity = "by_density"
  }

  /// The form's name.
  var form: Form {
    switch self {
    case .zeroValue: .zeroValue
    case .sparseRows: .sparseRows
    case .runLength: .runLength
    case .constant: .constant
    case .byDensity: .byDensity
    }
  }
}

extension CodecModel {
  /// The keys of a codec.
  static let keys = [
    "id", "runs_on", "element_bytes", "ratio", "worst_ratio", "worst_extra_bytes", "least_bytes",
    "workspace_bytes", "encode", "decode", "contention", "loss", "source",
  ]
}

extension ThroughputTable {
  /// The keys of a table.
  static let keys = [
    "launch_us", "bytes", "densities", "gb_per_s", "copy_ratios", "fit_error", "worst_fit_error",
  ]
}
