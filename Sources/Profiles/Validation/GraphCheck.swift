/// Checks the names of a profile and what they refer to.
struct GraphCheck {
  private let profile: Profile
  private var tensorIndex: [String: Int] = [:]
  /// The tensor that owns the memory of each tensor.
  private var owners: [Owner]
  /// What is known of the tensor that owns the memory of another.
  private enum Owner {
    case unknown
    case underWay
    case found(Int)
    case none
  }

  /// What was found.
  private(set) var faults: FaultList

  /// Prepares a check that adds to the faults found before.
  init(profile: Profile, faults: FaultList) {
    self.profile = profile
    self.faults = faults
    owners = Array(repeating: .unknown, count: profile.tensors.count)
  }

  /// Checks everything, in the order of the file.
  mutating func run() {
    indexTensors()
    resolveAliases()
    checkOperators()
  }

  private mutating func indexTensors() {
    tensorIndex.reserveCapacity(profile.tensors.count)
    for (index, tensor) in profile.tensors.enumerated() {
      if let first = tensorIndex[tensor.id] {
        faults.add(
          .root["tensors"][index]["id"],
          "\(JSON.quoted(tensor.id)) is the name of tensors[\(first)] too",
          "give each tensor a name of its own")
      } else {
        tensorIndex[tensor.id] = index
      }
    }
  }

  // MARK: - Aliases

  private mutating func resolveAliases() {
    for index in profile.tensors.indices {
      let path = JSONPath.root["tensors"][index]
      follow(from: index, at: path)
      let alias = profile.tensors[index]
      guard let owner = owner(of: index), let name = alias.aliasOf, let next = tensorIndex[name]
      else { continue }
      checkAlias(alias, of: profile.tensors[next], in: profile.tensors[owner], at: path)
    }
  }

  /// Follows the aliases from a tensor to the owner, and notes it for all on the way.
  private mutating func follow(from start: Int, at path: JSONPath) {
    var way: [Int] = []
    var current = start
    while case .unknown = owners[current] {
      guard let name = profile.tensors[current].aliasOf else {
        owners[current] = .found(current)
        break
      }
      owners[current] = .underWay
      way.append(current)
      guard let next = tensorIndex[name] else {
        addUnknown(name, at: JSONPath.root["tensors"][current]["alias_of"])
        owners[current] = .none
        break
      }
      current = next
    }
    if case .underWay = owners[current] {
      faults.add(
        path["alias_of"], "the aliases lead round in a circle", "let one tensor own the memory")
      owners[current] = .none
    }
    for index in way { owners[index] = owners[current] }
  }

  private func owner(of index: Int) -> Int? {
    if case .found(let owner) = owners[index] { owner } else { nil }
  }

  private mutating func checkAlias(
    _ alias: Tensor, of target: Tensor, in owner: Tensor, at path: JSONPath
  ) {
    if alias.bytes > target.bytes {
      faults.add(
        path["bytes"],
        "\(alias.bytes) bytes are more than the \(target.bytes) of \(JSON.quoted(target.id))",
        "let the larger tensor own the memory")
    }
    if alias.isPersistent && !owner.isPersistent {
      faults.add(
        path["persistent"], "\(JSON.quoted(owner.id)), which owns the memory, is not persistent",
        "make it persistent, or write \"persistent\": false here")
    }
    if !alias.isMovable && owner.isMovable {
      faults.add(
        path["movable"], "\(JSON.quoted(owner.id)), which owns the memory, is movable",
        "write \"movable\": false there")
    }
  }

  // MARK: - Operators

  private mutating func checkOperators() {
    var firstStep: [String: Int] = [:]
    var isWritten = profile.tensors.map { $0.isPersistent || $0.kind.mayPrecedeIteration }
    var isUsed = profile.tensors.map(\.isPersistent)
    for (step, op) in profile.operators.enumerated() {
      let path = JSONPath.root["operators"][step]
      if let first = firstStep[op.id] {
        faults.add(
          path["id"], "\(JSON.quoted(op.id)) is the name of operators[\(first)] too",
          "give each operator a name of its own")
      } else {
        firstStep[op.id] = step
      }
      for (index, name) in op.reads.enumerated() {
        guard let owner = storage(name, at: path["reads"][index]) else { continue }
        isUsed[owner] = true
        if !isWritten[owner] {
          isWritten[owner] = true  // one fault a tensor
          faults.add(
            path["reads"][index], "\(JSON.quoted(name)) is read before any operator wrote it",
            "add the operator that writes it, or make it an input, a parameter or persistent")
        }
      }
      for (index, name) in op.writes.enumerated() {
        guard let owner = storage(name, at: path["writes"][index]) else { continue }
        isUsed[owner] = true
        isWritten[owner] = true
      }
    }
    for (index, tensor) in profile.tensors.enumerated()
    where tensor.aliasOf == nil && !isUsed[index] && tensorIndex[tensor.id] == index {
      faults.add(
        .root["tensors"][index], "no operator uses \(JSON.quoted(tensor.id))",
        "remove it, or write \"persistent\": true")
    }
  }

  /// The tensor that owns the memory of a name.
  private mutating func storage(
    _ name: String, at path: @autoclosure () -> JSONPath
  ) -> Int? {
    guard let index = tensorIndex[name] else {
      addUnknown(name, at: path())
      return nil
    }
    return owner(of: index)
  }

  private mutating func addUnknown(_ name: String, at path: @autoclosure () -> JSONPath) {
    faults.add(
      path(), "there is no tensor \(JSON.quoted(name))", "add it to tensors, or correct the name")
  }
}
