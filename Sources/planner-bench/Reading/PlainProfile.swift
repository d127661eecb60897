/// A profile as anyone would declare it, for Foundation's decoder: nothing is checked.
struct PlainProfile: Decodable {
  struct Tensor: Decodable {
    let id: String
    let bytes: Int
    let dtype: String?
    let shape: [Int]?
    let kind: String?
    let persistent: Bool?
    let movable: Bool?
    let alias_of: String?
  }

  struct Operator: Decodable {
    let id: String
    let phase: String
    let duration_us: Double
    let reads: [String]?
    let writes: [String]?
    let workspace_bytes: Int?
    let flops: Double?
    let bytes_accessed: Double?
    let recomputable: Bool?
  }

  let schema: String
  let name: String
  let tensors: [Tensor]
  let operators: [Operator]
}
