import Plans
import Profiles

extension LayoutReport {
  /// Returns a summary for programs on one line.
  public func json() -> String {
    var members = JSONMembers()
    members.add("schema", .string("planner.layout-report/1"))
    members.add("shape", .array(tensor.shape.map(JSON.integer)))
    members.add("dtype", .string(dtype))
    members.add("mesh", Self.json(mesh, linkSource))
    members.add("from", .string(path.source.text))
    members.add("to", .string(path.target.text))
    members.add("memory_cap_bytes", memoryCapBytes.map(JSON.integer))
    members.add("is_valid", .boolean(faults.isEmpty))
    members.add("faults", .array(faults.map(JSON.string)))
    members.add("executed_shape", executedShape.map { .array($0.map(JSON.integer)) })
    members.add("time_us", .number(path.microseconds))
    members.add("lower_bound_us", .number(path.microseconds))
    members.add("path", Self.json(path))
    members.add("greedy", greedy.map(Self.json))
    return String(decoding: JSONWriter.encode(members.object, pretty: false), as: UTF8.self)
  }

  static func json(_ mesh: DeviceMesh, _ source: String) -> JSON {
    var members = JSONMembers()
    members.add("shape", .array(mesh.axes.map { .integer($0.size) }))
    members.add("latency_us", .array(mesh.axes.map { .number($0.latencyMicroseconds) }))
    members.add("gb_per_s", .array(mesh.axes.map { .number($0.gbPerSecond) }))
    members.add("source", .string(source))
    return members.object
  }

  private static func json(_ path: LayoutPath) -> JSON {
    var members = JSONMembers()
    members.add("time_us", .number(path.microseconds))
    members.add("peak_bytes", .integer(path.peakBytes))
    members.add(
      "steps",
      .array(
        path.stages.map { stage in
          var row = JSONMembers()
          row.add("step", .string(stage.step.name))
          row.add("axis", .integer(stage.step.axis))
          switch stage.step {
          case .allGather(_, let dimension), .slice(_, let dimension),
            .reduceScatter(_, let dimension):
            row.add("dimension", .integer(dimension))
          case .allToAll(_, let from, let to):
            row.add("from_dimension", .integer(from))
            row.add("to_dimension", .integer(to))
          case .allReduce: break
          }
          row.add("layout", .string(stage.layout.text))
          row.add("time_us", .number(stage.microseconds))
          row.add("peak_bytes", .integer(stage.peakBytes))
          return row.object
        }))
    return members.object
  }
}
