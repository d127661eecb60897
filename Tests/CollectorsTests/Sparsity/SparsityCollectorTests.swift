import Collectors
import Profiles
import TestSupport
import Testing

@Suite struct SparsityCollectorTests {
  private let profile = Profile(
    name: "net",
    tensors: [
      Tensor(id: "in", bytes: 32, dtype: "float32", kind: .input),
      Tensor(id: "act", bytes: 32, dtype: "float32", kind: .activation),
      Tensor(id: "b", bytes: 8, shape: [4], kind: .activation),
      Tensor(id: "plain", bytes: 32, kind: .activation),
    ],
    operators: [
      Operator(
        id: "f", phase: .forward, durationMicroseconds: 1, reads: ["in"],
        writes: ["act", "b", "plain"])
    ])

  private func collect(
    _ name: String, _ bytes: [UInt8], epoch: Int? = nil, tensor: String? = nil
  ) throws(CollectorError) -> SparsityCollector {
    try SparsityCollector(
      [TensorFiles.source(name, bytes)], into: profile, epoch: epoch, tensor: tensor)
  }

  /// 3 of 8 are set, in 4 runs.
  private let expected = Sparsity.Sample(epoch: 0, density: 0.375, cycle: 4)

  @Test("each kind of file gives density and cycle of the tensor that it is called by")
  func kinds() throws {
    let elements = TensorFiles.bytes(of: TensorFiles.values)
    let header =
      #"{"__metadata__":{"a":"b"},"act":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#
    let files: [(String, [UInt8])] = [
      ("act.npy", TensorFiles.npy()), ("act.npy", TensorFiles.npy(version: 2)),
      ("act.npy", TensorFiles.npy("{'descr':'>i4','fortran_order':True,'shape':(8,)}")),
      ("act.bin", elements), ("act", elements),
      ("run.safetensors", TensorFiles.safetensors(header)),
    ]
    for (name, bytes) in files {
      let collected = try collect(name, bytes)
      #expect(collected.profile.tensors[1].sparsity?.history == [expected], "\(name)")
      #expect(collected.profile.tensors[0].sparsity == nil)
      #expect(collected.notes == [])
      #expect(collected.profile.validate() == [])
    }
  }

  @Test("archives give each array, compressed or not")
  func archives() throws {
    for bytes in [TensorFiles.deflated, TensorFiles.stored] {
      let collected = try collect("run.npz", bytes, epoch: 7)
      #expect(collected.findings.map(\.tensor) == ["act", "b"])
      #expect(
        collected.profile.tensors[1].sparsity?.history == [
          .init(epoch: 7, density: 0.375, cycle: 4)
        ])
      #expect(
        collected.profile.tensors[2].sparsity?.history == [.init(epoch: 7, density: 0.25, cycle: 4)]
      )
    }
  }

  @Test("epochs follow each other, and one counted again replaces what was known of it")
  func epochs() throws {
    let elements = TensorFiles.bytes(of: TensorFiles.values)
    let zeros = [UInt8](repeating: 0, count: 32)
    var known = profile
    func add(_ bytes: [UInt8], _ epoch: Int?) throws {
      known = try SparsityCollector(
        [TensorFiles.source("act.raw", bytes)], into: known, epoch: epoch
      ).profile
    }
    try add(elements, nil)
    try add(elements, nil)
    try add(elements, 5)
    try add(zeros, 1)
    #expect(known.tensors[1].sparsity?.history.map(\.epoch) == [0, 1, 5])
    #expect(known.tensors[1].sparsity?.history.map(\.density) == [0.375, 0, 0.375])
    #expect(known.tensors[1].sparsity?.history[1].cycle == 16)
    #expect(known.validate() == [])
  }

  @Test("several files of one tensor are counted together")
  func together() throws {
    let elements = TensorFiles.bytes(of: TensorFiles.values)
    let zeros = [UInt8](repeating: 0, count: 32)
    let collected = try SparsityCollector(
      [TensorFiles.source("1.raw", elements), TensorFiles.source("2.raw", zeros)], into: profile,
      tensor: "act")
    #expect(collected.findings.map(\.elements) == [16])
    #expect(collected.findings.first?.density == 0.1875)
    #expect(collected.findings.first?.cycle == 6.4)
  }

  @Test("what is no whole tensor of the profile is told")
  func notes() throws {
    let collected = try collect("act.raw", [UInt8](repeating: 1, count: 16))
    #expect(
      collected.notes == [
        "act.raw: act has 16 bytes, in the profile 32 bytes; taken as a sample of it"
      ])
    let header =
      #"{"x":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"act":{"dtype":"U8","shape":[16],"data_offsets":[16,32]}}"#
    #expect(
      try collect("run.safetensors", TensorFiles.safetensors(header)).notes.last
        == "run.safetensors: 1 of 2 arrays are of no tensor of the profile, such as \"x\"; left out"
    )
  }

  @Test("broken files are refused with the place and a remedy")
  func broken() {
    let safe = TensorFiles.safetensors
    let cases: [(String, [UInt8], String)] = [
      ("x.npy", TensorFiles.npy(), "name: the profile has no tensor \"x\""),
      ("act.npy", [1, 2, 3, 4], "it doesn't begin as a file called .npy does"),
      ("act.npy", Array(TensorFiles.npy().prefix(20)), "the file ends within the header"),
      (
        "act.npy", Array(TensorFiles.npy().dropLast()),
        "31 bytes follow the header, the shape asks for 32"
      ),
      ("act.npy", TensorFiles.npy(version: 9), "the version is unknown"),
      (
        "act.npy", TensorFiles.npy("{'descr': '|O', 'shape': (1,)}"),
        "are no numbers of 1, 2, 4 or 8"
      ),
      ("act.npy", TensorFiles.npy("{'descr': [('a', '<f4')], 'shape': (8,)}"), "no plain numbers"),
      ("act.npy", TensorFiles.npy("{'descr': '<f4', 'shape': (-8,)}"), "other than whole numbers"),
      (
        "act.npy", TensorFiles.npy("{'descr': '<f4', 'shape': (9000000000000000000, 9)}"),
        "too large"
      ),
      ("act.npy", TensorFiles.npy("{'descr': '<f4'"), "not a Python dictionary"),
      ("act.npy", TensorFiles.npy("{'descr': '<f4'}"), "no shape"),
      ("act.bin", [1, 2, 3], "3 bytes are not whole elements of 4"),
      ("plain.bin", [1, 2, 3, 4], "neither the file nor the profile tells the size of an element"),
      ("r.npz", Array(TensorFiles.stored.dropLast(30)), "directory is damaged or cut off"),
      ("a.safetensors", [1, 2], "the header is cut off"),
      ("a.safetensors", safe("[]", []), "the header is no JSON object"),
      ("a.safetensors", safe("{", []), "header: "),
      ("a.safetensors", safe(#"{"act": 1}"#, []), "\"act\": the entry is no JSON object"),
      (
        "a.safetensors", safe(#"{"act":{"dtype":"F4","shape":[8],"data_offsets":[0,32]}}"#, []),
        "dtype \"F4\" is unknown"
      ),
      (
        "a.safetensors", safe(#"{"act":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}"#, []),
        "the offsets 0 to 32 leave the 0 bytes of elements"
      ),
      (
        "a.safetensors",
        safe(
          #"{"act":{"dtype":"F32","shape":[2],"data_offsets":[0,32]}}"#,
          [UInt8](repeating: 0, count: 32)),
        "the offsets hold 32 bytes, the shape asks for 8"
      ),
    ]
    for (name, bytes, message) in cases {
      let error = #expect(throws: CollectorError.self) { try collect(name, bytes) }
      let text = error?.description ?? ""
      #expect(text.contains(message), "\(text)")
      #expect(text.hasPrefix("\(name): "), "\(text)")
      #expect(text.contains("; "), "no remedy: \(text)")
    }
    #expect(throws: CollectorError.self) { try collect("act.bin", [0, 0, 0, 0], tensor: "none") }
  }

  @Test("a damaged member of an archive is refused")
  func damagedMember() throws {
    for place in stride(from: 40, to: TensorFiles.deflated.count / 2, by: 7) {
      var bytes = TensorFiles.deflated
      bytes[place] ^= 0xFF
      do {
        // Only names and extra fields may change unnoticed, and then nothing else is found.
        let collected = try collect("run.npz", bytes)
        #expect(collected.findings.first { $0.tensor == "act" }?.density == 0.375)
      } catch {
        #expect(error.description.hasPrefix("run.npz: "))
      }
    }
  }

  @Test("mutated files are refused or read, and never crash", arguments: UInt64(0)..<60)
  func mutated(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let header = #"{"act":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#
    let files: [(String, [UInt8])] = [
      ("act.npy", TensorFiles.npy()), ("r.npz", TensorFiles.deflated),
      ("r.npz", TensorFiles.stored), ("r.safetensors", TensorFiles.safetensors(header)),
    ]
    for (name, good) in files {
      for _ in 0..<50 {
        var bytes = good
        for _ in 0...Int.random(in: 0...3, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          bytes[place] =
            [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)][
              Int.random(in: 0...5, using: &random)]
        }
        if Bool.random(using: &random) {
          bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
        }
        do {
          let collected = try collect(name, bytes)
          #expect(collected.profile.validate() == [])
        } catch {
          #expect(!error.description.isEmpty)
        }
      }
    }
  }
}
