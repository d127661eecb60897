extension GradientExchange {
  var json: JSON {
    var members = JSONMembers()
    members.add("nodes", .integer(nodes))
    members.add("devices_per_node", .integer(devicesPerNode))
    members.add("element_bytes", elementBytes == 4 ? nil : .integer(elementBytes))
    members.add("within_node", withinNode?.json)
    members.add("between_nodes", betweenNodes?.json)
    members.add("selection_gb_per_s", .number(selectionGBPerSecond))
    members.add("whole_selection_gb_per_s", wholeSelectionGBPerSecond.map(JSON.number))
    members.add("buckets", .array(buckets.map(\.json)))
    return members.object
  }
}

extension GradientBucket {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("id", .string(id))
    members.add("bytes", .integer(bytes))
    members.add("ready_us", .number(readyMicroseconds))
    members.add("energy", .number(energy))
    members.add(
      "energy_curves", energyCurves.isEmpty ? nil : .array(energyCurves.map(\.json)))
    members.add("union_curves", unionCurves.isEmpty ? nil : .array(unionCurves.map(\.json)))
    return members.object
  }
}

extension GradientBucket.EnergyCurve {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("selection", .string(selection.rawValue))
    members.add("block", block.map(JSON.integer))
    let points = points.map { point in
      var members = JSONMembers()
      members.add("density", .number(point.density))
      members.add("energy", .number(point.energy))
      return members.object
    }
    members.add("points", .array(points))
    return members.object
  }
}

extension GradientBucket.UnionCurve {
  fileprivate var json: JSON {
    var members = JSONMembers()
    members.add("density", .number(density))
    let points = points.map { point in
      var members = JSONMembers()
      members.add("workers", .integer(point.workers))
      members.add("growth", .number(point.growth))
      return members.object
    }
    members.add("points", .array(points))
    return members.object
  }
}
