public import Profiles

extension RandomProfile {
  /// Returns a profile with densities of all its tensors, and one or two codecs for them that are a few times as fast
  /// as its links.
  ///
  /// One takes more room than the raw tensor at worst, the other always less. Some hold the compute stream, some share
  /// the device with it.
  public static func withCodecs(_ profile: Profile, seed: UInt64) -> Profile {
    var random = SeededGenerator(seed: seed ^ 0xC0DEC)
    var profile = profile
    for index in profile.tensors.indices {
      profile.tensors[index].dtype = "float32"
      profile.tensors[index].sparsity = Sparsity(
        history: (0..<Int.random(in: 1...3, using: &random)).map {
          Sparsity.Sample(epoch: $0, density: Double.random(in: 0.05...1, using: &random))
        })
    }
    func table() -> ThroughputTable {
      ThroughputTable(
        gbPerSecond: Double.random(in: 10...80, using: &random),
        launchMicroseconds: Bool.random(using: &random) ? 5 : 0)
    }
    func codec(_ id: String, _ ratio: CodecRatio, worst: Double) -> CodecModel {
      let share = [nil, nil, 0, 0.3, 0.7][Int.random(in: 0..<5, using: &random)]
      return CodecModel(
        id: id, place: .device, elementBytes: 4, ratio: ratio, worstRatio: worst,
        workspaceBytes: [0, 0, 1 << 19][Int.random(in: 0..<3, using: &random)], encode: table(),
        decode: table(), contention: share.map { CodecModel.Contention(computeShare: $0) })
    }
    let ratio = Double.random(in: 0.2...0.8, using: &random)
    let sparse = codec("zvc", .zeroValue, worst: 1.03125)
    let constant = codec("constant", .constant(ratio), worst: ratio)
    profile.codecs = [[sparse], [constant], [sparse, constant]][Int(seed % 3)]
    return profile
  }
}
