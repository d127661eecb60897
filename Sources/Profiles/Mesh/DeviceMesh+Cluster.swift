extension DeviceMesh {
  /// Creates a mesh over the devices of a cluster, numbered as ranks are.
  ///
  /// Along an axis all groups exchange at once, each device with the next one of its ring. A shared link
  /// that several of these hops use gives each its part; an axis is as fast as the slowest of its hops.
  /// Exchanges of every device with every other use other hops than a ring's: for these it is an estimate.
  ///
  /// - Throws: `LayoutError` where the sizes don't make up the cluster, or where a rate isn't known.
  public init(sizes: [Int], on cluster: Cluster) throws(LayoutError) {
    // Ranges first: the product of what is typed may be anything.
    let shape = try DeviceMesh(
      axes: sizes.map { Axis(size: $0, latencyMicroseconds: 0, gbPerSecond: 1) })
    guard shape.deviceCount == cluster.deviceCount else {
      throw LayoutError(
        "mesh",
        "\(shape.title) are \(shape.deviceCount) devices, the cluster has "
          + "\(cluster.deviceCount)", "give a mesh of all devices of the cluster")
    }
    let routes = ClusterRoutes(cluster)
    var axes: [Axis] = []
    var stride = cluster.deviceCount
    for size in sizes {
      stride /= size
      axes.append(try DeviceMesh.axis(size: size, stride: stride, routes))
    }
    try self.init(axes: axes)
  }

  private static func axis(
    size: Int, stride: Int, _ routes: ClusterRoutes
  ) throws(LayoutError) -> Axis {
    guard size > 1 else { return Axis(size: 1, latencyMicroseconds: 0, gbPerSecond: 1e9) }
    let hops = (0..<routes.cluster.deviceCount).map { device in
      let position = device / stride % size
      return (device, device + ((position + 1) % size - position) * stride)
    }
    var load = [Int](repeating: 0, count: routes.shared.count)
    for (source, target) in hops {
      let separation = routes.separation(source, target)
      for link in routes.outgoing[separation][source] { load[link] += 1 }
      for link in routes.incoming[separation][target] { load[link] += 1 }
    }
    var rate = Double.infinity
    var latency = 0.0
    for (source, target) in hops {
      let separation = routes.separation(source, target)
      let links = routes.outgoing[separation][source] + routes.incoming[separation][target]
      let pair = routes.pairPath(from: source, to: target)
      var slowest = pair?.points.last?.gbPerSecond ?? .infinity
      var delay = pair?.latencyMicroseconds ?? 0
      for link in links {
        let path = routes.shared[link].path
        delay = max(delay, path.latencyMicroseconds)
        if let whole = path.points.last?.gbPerSecond {
          slowest = min(slowest, whole / Double(load[link]))
        }
      }
      guard slowest.isFinite else {
        throw LayoutError(
          "cluster", "the rate from device \(source) to \(target) isn't known",
          "add it to the section cluster, or give the axes' links")
      }
      rate = min(rate, slowest)
      latency = max(latency, delay)
    }
    return Axis(size: size, latencyMicroseconds: latency, gbPerSecond: rate)
  }
}
