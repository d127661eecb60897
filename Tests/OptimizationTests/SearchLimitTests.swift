import Optimization
import Testing

/// When searches have to end.
@Suite struct SearchLimitTests {
  @Test("a limit is reached by its moment or its flag, and never without either")
  func reached() {
    #expect(!SearchLimit().isReached)
    #expect(SearchLimit().secondsLeft == nil)
    #expect(SearchLimit(seconds: 0).isReached)
    #expect(SearchLimit(seconds: 0).secondsLeft == 0.01)
    #expect(!SearchLimit(seconds: 1e6).isReached)
    #expect(!SearchLimit(seconds: .infinity).isReached)
    #expect(!SearchLimit(seconds: 0).later(by: 1e6).isReached)
    let flag = Cancellation()
    let limit = SearchLimit(seconds: 1e6, cancellation: flag)
    #expect(!limit.isReached && !flag.hasAnswer)
    limit.noteAnswer()
    #expect(flag.hasAnswer)
    flag.cancel()
    #expect(limit.isReached && limit.later(by: 1).isReached)
    flag.forgetAnswer()
    #expect(!flag.hasAnswer)
  }
}
