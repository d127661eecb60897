import Collectors
import Profiles
import Testing

@Suite("Tables of a user's own")
struct CSVTests {
  static let operators = #"""
    id,phase,duration_us,reads,writes,recomputable
    conv,forward,120.5,x weight,y,true
    "conv ""grad""",backward,2e2,"y;x
    weight",grad,false

    """#
  static let tensors = """
    \u{FEFF}bytes,id,kind,shape,x_note,density
    1024,x,input,16x16,"a, b",
    64,weight,parameter,4 4,,
    2048,y,,,,0.25\r
    64,grad,gradient,,,
    """

  static func collect(
    _ operators: String, _ tensors: String
  ) throws(CollectorError) -> Profile {
    try CSVCollector().collect(
      operators: SourceFile(name: "ops.csv", bytes: Array(operators.utf8)),
      tensors: SourceFile(name: "tensors.csv", bytes: Array(tensors.utf8)))
  }

  @Test("two tables become a profile")
  func workedExample() throws {
    let profile = try Self.collect(Self.operators, Self.tensors)
    #expect(profile.validate().isEmpty)
    #expect(profile.operators.map(\.id) == ["conv", "conv \"grad\""])
    #expect(profile.operators.map(\.durationMicroseconds) == [120.5, 200])
    #expect(profile.operators.map(\.reads) == [["x", "weight"], ["y", "x", "weight"]])
    #expect(profile.operators.map(\.isRecomputable) == [true, false])
    #expect(profile.tensors.map(\.bytes) == [1024, 64, 2048, 64])
    #expect(profile.tensors.map(\.shape) == [[16, 16], [4, 4], nil, nil])
    #expect(profile.tensors[2].kind == .activation)
    #expect(profile.tensors[2].sparsity?.history.first?.density == 0.25)
    #expect(profile.tensors[1].isPersistent && !profile.tensors[0].isPersistent)
    #expect(profile.source?.notes.first == "found: 2 operators of 0.321 ms, 4 tensors of 0.0 MiB")
  }

  @Test("faults are told with file, line and column, and what is expected")
  func broken() throws {
    let heading = "id,duration_us,reads\n"
    let faults = [
      (
        "", Self.tensors,
        "ops.csv:1:1: the heading: the table is empty; the columns are id, duration"
      ),
      ("id;duration_us\n", Self.tensors, "ops.csv:1:1: the heading: there is no column 'id;dur"),
      ("id,phase\n", Self.tensors, "ops.csv:1:1: the heading: the column 'duration_us' is missing"),
      ("id,id,duration_us\n", Self.tensors, "ops.csv:1:4: the heading: the column 'id' is there"),
      (heading + "a,1\n", Self.tensors, "ops.csv:2:1: the row: 2 fields, not 3"),
      (heading + "a,ä,\n", Self.tensors, "ops.csv:2:3: duration_us: 'ä' isn't a number"),
      (heading + "ä,-1,\n", Self.tensors, "ops.csv:2:3: duration_us: '-1' isn't a number"),
      (heading + "a,nan,\n", Self.tensors, "ops.csv:2:3: duration_us: 'nan' isn't a number"),
      (heading + "a,,\n", Self.tensors, "ops.csv:2:3: duration_us: the field is empty"),
      (heading + "a,1,\na,1,\n", Self.tensors, "ops.csv:3:1: id: the name is there already"),
      (heading + "a,1,x z\n", Self.tensors, "ops.csv:2:5: reads: there is no tensor 'z'"),
      (heading + "a,1,\"x\n", Self.tensors, "ops.csv:2:5: the field: its quotation mark is never"),
      (heading + "\"a\"b,1,x\n", Self.tensors, "ops.csv:2:4: the field: text follows a closing"),
      (Self.operators, "id,bytes\nx,1.5\n", "tensors.csv:2:3: bytes: '1.5' isn't a whole number"),
      (Self.operators, "id,bytes\nx,99999999999999999999\n", "isn't a whole number of bytes"),
      (Self.operators, "id,bytes,kind\nx,1,thing\n", "'thing' isn't one of activation, parameter"),
      (Self.operators, "id,bytes,shape\nx,1,4x-4\n", "'4x-4' isn't extents such as"),
      (Self.operators, "id,bytes,alias_of\nx,1,q\n", "tensors.csv:2:5: alias_of: there is no"),
    ]
    for (operators, tensors, expected) in faults {
      do {
        _ = try Self.collect(operators, tensors)
        Issue.record("\(expected): taken")
      } catch {
        #expect(error.description.contains(expected), "\(error)")
      }
    }
  }

  @Test("damaged tables never crash", arguments: UInt64(0)..<400)
  func damaged(seed: UInt64) throws {
    func file(_ name: String, _ text: String, _ seed: UInt64) -> SourceFile {
      SourceFile(name: name, bytes: Mutation.of(Array(text.utf8), seed: seed))
    }
    do throws(CollectorError) {
      let profile = try CSVCollector().collect(
        operators: file("ops.csv", Self.operators, seed),
        tensors: file("tensors.csv", Self.tensors, seed % 2 == 0 ? seed + 1000 : seed))
      _ = profile.validate()
    } catch {}
  }
}
