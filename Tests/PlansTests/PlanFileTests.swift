import Plans
import Profiles
import Testing

@Suite struct PlanFileTests {
  @Test("a written plan reads back equal, in every form", arguments: UInt64(0)..<60)
  func roundTrip(seed: UInt64) throws {
    let plan = PlanFixtures.random(seed: seed)
    #expect(plan.validate() == [])
    for pretty in [true, false] {
      for compressed in [true, false] {
        let bytes = plan.encoded(pretty: pretty, compressed: compressed)
        #expect(try Plan.read(bytes, name: "plan.json") == plan)
      }
    }
    #expect(try Plan.read(plan.encoded(), name: "plan.json").encoded() == plan.encoded())
  }

  @Test("the time that a strategy took doesn't reach the file")
  func withoutSeconds() {
    var plan = PlanFixtures.plan
    let entry = SearchEntry(
      strategy: "greedy", valueMicroseconds: nil, engine: "planner", termination: "done")
    plan.search = [entry]
    let bytes = plan.encoded()
    plan.search[0].seconds = 12.5
    #expect(plan.encoded() == bytes)
  }

  @Test("the pretty form has one line for each decision")
  func prettyForm() {
    let text = """
      {
        "schema": "planner.plan/1",
        "version": "planner 0.1",
        "problem": "swap",
        "profile": {"name": "chain"},
        "budget": {"device_bytes": 320},
        "decisions": {
          "gaps": [
            {"tensor": "a2", "after": "f3", "before": "b2", "action": "swap", "prefetch_at": "b3"},
            {"tensor": "x", "after": "f1", "before": "b1", "action": "keep"},
            {"tensor": "a1", "after": "f2", "before": "b1", "action": "recompute", \
      "operators": ["f1"]}
          ]
        },
        "repeatable": true
      }

      """
    #expect(String(decoding: PlanFixtures.plan.encoded(), as: UTF8.self) == text)
  }
}
