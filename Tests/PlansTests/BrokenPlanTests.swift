import Plans
import Profiles
import TestSupport
import Testing

@Suite struct BrokenPlanTests {
  @Test("the text that the broken ones start from is good, by reader and schema")
  func good() throws {
    let bytes = Array(BrokenPlan.good.utf8)
    let plan = try Plan.read(bytes, name: "plan.json")
    #expect(plan.validate() == [])
    #expect(plan.faults(on: PlanFixtures.profile) == [])
    #expect(try SchemaCheck(PlanSchema.text).fault(in: bytes) == nil)
  }

  @Test(
    "the first fault of a broken plan is named exactly",
    arguments: BrokenPlan.structural + BrokenPlan.others)
  func firstFault(_ broken: BrokenPlan) {
    let error = #expect(throws: PlanError.self) {
      try Plan.read(Array(broken.text.utf8), name: "plan.json")
    }
    #expect(error?.faults.first?.description == broken.fault)
    #expect(error?.description.hasPrefix("plan.json: \(broken.fault)") == true)
  }

  @Test(
    "the schema rejects what the reader rejects, as far as a schema can",
    arguments: BrokenPlan.structural)
  func schema(_ broken: BrokenPlan) throws {
    #expect(try SchemaCheck(PlanSchema.text).fault(in: Array(broken.text.utf8)) != nil)
  }

  @Test("what is written satisfies the schema", arguments: UInt64(0)..<30)
  func written(seed: UInt64) throws {
    let bytes = PlanFixtures.random(seed: seed).encoded(pretty: false)
    #expect(try SchemaCheck(PlanSchema.text).fault(in: bytes) == nil)
  }

  @Test("a file that isn't there is told in a sentence")
  func missing() {
    let error = #expect(throws: PlanError.self) { try Plan.read(contentsOf: "/nowhere/plan.json") }
    #expect(
      error?.description
        == "/nowhere/plan.json: can't be read (No such file or directory); "
        + "check the path and the permissions")
  }

  @Test(
    "any change of bytes gives a valid plan or a fault with a place", arguments: UInt64(0)..<20)
  func mutations(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let good = Array(BrokenPlan.good.utf8)
    for _ in 0..<100 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 32...126, using: &random)
        case 1: bytes.remove(at: position)
        default: bytes.insert(bytes[bytes.count - 1 - position], at: position)
        }
      }
      do throws(PlanError) {
        let plan = try Plan.read(bytes, name: "mutated.json")
        #expect(plan.validate() == [])
        #expect((try? Plan.read(plan.encoded(), name: "again.json")) == plan)
        // Whatever it says, it can be held against a profile.
        #expect(plan.faults(on: PlanFixtures.profile).count <= 10)
      } catch {
        #expect(error.faults.allSatisfy { !$0.place.isEmpty } && error.count > 0)
      }
    }
  }
}
