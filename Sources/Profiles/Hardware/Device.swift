/// A device with its memory, its links to the host, and the host's NVMe drives.
public struct Device: Sendable, Hashable {
  /// The device's name, as the catalogue spells it.
  public var name: String
  /// The device's memory.
  public var memoryBytes: Int
  /// The part of the memory that the driver, the framework and fragmentation take.
  public var reservedBytes: Int
  /// Host memory that plans may use; nil for no limit.
  public var hostMemoryBytes: Int?
  /// The copy engine from host to device.
  public var hostToDevice: Link?
  /// The copy engine from device to host.
  public var deviceToHost: Link?
  /// Room on NVMe drives below the host that plans may use; nil for no limit.
  public var nvmeMemoryBytes: Int?
  /// Writes from host memory to NVMe.
  public var hostToNVMe: Link?
  /// Reads from NVMe to host memory.
  public var nvmeToHost: Link?
  /// Peak floating-point operations per second by element type.
  public var peakFlops: [String: Double]
  /// Peak rate of the device's own memory, in 10⁹ bytes per second.
  public var memoryBandwidthGBPerSecond: Double?

  /// Creates a device.
  public init(
    name: String, memoryBytes: Int, reservedBytes: Int = 0, hostMemoryBytes: Int? = nil,
    hostToDevice: Link? = nil, deviceToHost: Link? = nil, nvmeMemoryBytes: Int? = nil,
    hostToNVMe: Link? = nil, nvmeToHost: Link? = nil, peakFlops: [String: Double] = [:],
    memoryBandwidthGBPerSecond: Double? = nil
  ) {
    self.name = name
    self.memoryBytes = memoryBytes
    self.reservedBytes = reservedBytes
    self.hostMemoryBytes = hostMemoryBytes
    self.hostToDevice = hostToDevice
    self.deviceToHost = deviceToHost
    self.nvmeMemoryBytes = nvmeMemoryBytes
    self.hostToNVMe = hostToNVMe
    self.nvmeToHost = nvmeToHost
    self.peakFlops = peakFlops
    self.memoryBandwidthGBPerSecond = memoryBandwidthGBPerSecond
  }

  /// The budget of a plan that doesn't say otherwise: the memory less what is reserved.
  public var defaultBudgetBytes: Int { memoryBytes - reservedBytes }
}
