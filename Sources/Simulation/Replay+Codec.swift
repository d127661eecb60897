import Profiles

/// Kernels that encode tensors before copies to the host and decode them after copies back.
extension Replay {
  /// The memory that an encoded tensor takes on the device.
  struct CodedRecords {
    /// Of the encoded tensor.
    let staging: Int
    /// Of the kernel's workspace; nil if it needs none, or not yet.
    var workspace: Int?
  }

  // MARK: Sizes

  /// What the links carry for an absence.
  func linkBytes(of absence: Int) -> Int {
    stream.absences[absence].coded?.encodedBytes ?? bytes(of: absence)
  }

  /// What an absence takes on the host.
  func hostBytes(of absence: Int) -> Int {
    stream.absences[absence].coded?.reservedBytes ?? bytes(of: absence)
  }

  /// What an absence's copy back takes on the device.
  func returningBytes(of absence: Int) -> Int {
    let bytes = bytes(of: absence)
    return stream.absences[absence].coded?.returningBytes(of: bytes) ?? bytes
  }

  private func bytes(of absence: Int) -> Int {
    storages.all[stream.absences[absence].storage].bytes
  }

  // MARK: Kernels

  /// Takes the memory of a copy back.
  mutating func openReturning(_ absence: Int, _ coded: CodedSwap) {
    let tensor = storages.all[stream.absences[absence].storage].tensor
    var records = CodedRecords(staging: open(.encoded(tensor.id), bytes: coded.reservedBytes))
    if coded.restOfDecode > 0 { openDecoded(absence, coded, &records) }
    codedRecords[absence] = records
  }

  /// Takes the memory of the decoded tensor, and of the workspace for it.
  private mutating func openDecoded(
    _ absence: Int, _ coded: CodedSwap, _ records: inout CodedRecords
  ) {
    let storage = storages.all[stream.absences[absence].storage]
    recordOfStorage[storage.index] = open(.tensor(storage.tensor.id), bytes: storage.bytes)
    guard coded.workspaceBytes > 0 else { return }
    let name = stream.absences[absence].name
    records.workspace = open(
      .workspace(TaskName(operation: name.before, chain: name, kernel: .decode)),
      bytes: coded.workspaceBytes)
  }

  /// Starts the part of a kernel that holds the stream.
  mutating func startKernel(_ kind: TaskName.Kernel, held: Double, for task: StreamTask) {
    guard let absence = task.absence, let coded = stream.absences[absence].coded else { return }
    switch kind {
    case .encode:
      let tensor = storages.all[stream.absences[absence].storage].tensor
      var records = CodedRecords(staging: open(.encoded(tensor.id), bytes: coded.reservedBytes))
      if coded.workspaceBytes > 0 {
        records.workspace = open(.workspace(taskName(task)), bytes: coded.workspaceBytes)
      }
      codedRecords[absence] = records
      sample()
    case .decode where coded.restOfDecode == 0:
      if var records = codedRecords[absence] {
        openDecoded(absence, coded, &records)
        codedRecords[absence] = records
      }
      sample()
    case .decode: break
    }
    running = Running(start: now, duration: held, workspace: nil)
  }

  /// Ends the part of a kernel that holds the stream.
  mutating func endKernel(_ kind: TaskName.Kernel, of absence: Int) {
    guard let coded = stream.absences[absence].coded else { return }
    switch kind {
    case .encode where coded.restOfEncode > 0: encoding.append(absence, at: now)
    case .encode: finishEncoding(absence)
    case .decode:
      if let records = codedRecords.removeValue(forKey: absence) {
        close(records.staging)
        if let workspace = records.workspace { close(workspace) }
      }
      presence[stream.absences[absence].storage] = .resident
      sample()
    }
  }

  /// Frees the raw tensor, and queues the copy of the encoded one.
  private mutating func finishEncoding(_ absence: Int) {
    close(recordOfStorage[stream.absences[absence].storage])
    if let workspace = codedRecords[absence]?.workspace {
      close(workspace)
      codedRecords[absence]?.workspace = nil
    }
    sample()
    toHost.append(absence, at: now)
  }

  // MARK: Beside the stream

  /// Starts what kernels whose turn it is do beside the stream.
  mutating func startRestsOfKernels() {
    if let entry = encoding.next, let coded = stream.absences[entry.absence].coded {
      encoding.start(lasting: coded.restOfEncode, at: now)
    }
    if let entry = decoding.next, let coded = stream.absences[entry.absence].coded {
      decoding.start(lasting: coded.restOfDecode, at: now)
    }
  }

  /// Ends an encoding.
  mutating func finishRestOfEncoding() {
    guard let kernel = encoding.finish() else { return }
    finishEncoding(kernel.entry.absence)
  }

  /// Ends what of a decoding is done beside the stream.
  mutating func finishRestOfDecoding() {
    guard let kernel = decoding.finish() else { return }
    isDecodable[kernel.entry.absence] = true
  }
}
