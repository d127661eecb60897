import Profiles

/// When the backward pass makes the gradient of each tensor.
///
/// JSON: `{"tensors": [{"name": "fc.weight", "elements": 2048000, "ready_us": 72}, …]}`, any other keys
/// beside.
struct GradientTimeline {
  /// One tensor.
  struct Entry {
    let name: String
    let elements: Int
    let ready: Double
  }

  /// By ascending time.
  let entries: [Entry]

  init(_ file: SourceFile) throws(CollectorError) {
    let tree: JSON
    do {
      tree = try JSONScanner.parse(file.bytes)
    } catch {
      throw .malformed(file: file.name, problem: "\(error.fault)")
    }
    func invalid(_ place: String, _ problem: String) -> CollectorError {
      .invalid(
        file: file.name, place: place, problem: problem,
        remedy: "write {\"tensors\": [{\"name\": …, \"elements\": …, \"ready_us\": …}, …]}")
    }
    guard case .object(let members) = tree,
      case .array(let list)? = members.first(where: { $0.key == "tensors" })?.value, !list.isEmpty
    else { throw invalid("tensors", "the file has no list of tensors") }
    var entries: [Entry] = []
    var names: Set<String> = []
    for (index, value) in list.enumerated() {
      let place = "tensors[\(index)]"
      guard case .object(let fields) = value else { throw invalid(place, "this is no object") }
      func field(_ key: String) -> JSON? { fields.first { $0.key == key }?.value }
      guard case .string(let name)? = field("name"), !name.isEmpty else {
        throw invalid("\(place).name", "the name is missing")
      }
      guard case .integer(let elements)? = field("elements"), (1...1 << 48).contains(elements)
      else { throw invalid("\(place).elements", "this is no number of elements") }
      let ready: Double
      switch field("ready_us") {
      case .integer(let time)?: ready = Double(time)
      case .number(let time)?: ready = time
      default: throw invalid("\(place).ready_us", "the time is missing")
      }
      guard (0...1e12).contains(ready) else {
        throw invalid("\(place).ready_us", "the time is out of range")
      }
      guard names.insert(name).inserted else {
        throw invalid("\(place).name", "\(JSON.quoted(name)) stands twice")
      }
      entries.append(Entry(name: name, elements: elements, ready: ready))
    }
    self.entries = entries.enumerated().sorted {
      ($0.element.ready, $0.offset) < ($1.element.ready, $1.offset)
    }
    .map(\.element)
  }
}
