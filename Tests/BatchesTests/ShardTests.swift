import Batches
import Testing

/// The parts that a batch is cut into.
@Suite struct ShardTests {
  @Test("every item is in exactly one shard", arguments: 1...7)
  func partition(count: Int) {
    for number in 1...50 {
      let item = BatchItem(number: number, id: "\(number)", profile: "p")
      let owners = (1...count).filter { Shard(index: $0, count: count).contains(item) }
      #expect(owners.count == 1)
    }
  }
}
