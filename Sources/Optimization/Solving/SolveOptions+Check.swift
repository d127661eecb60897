extension SolveOptions {
  /// Throws if an option is malformed or beyond what the engine honours.
  package func check(
    for model: Model, capabilities: Capabilities, engine: String
  ) throws(SolverError) {
    let asked: [(Capabilities.Feature, Bool)] = [
      (.timeLimit, timeLimit != nil),
      (.nodeLimit, nodeLimit != nil),
      (.absoluteGap, absoluteGap != nil),
      (.relativeGap, relativeGap != nil),
      (.memoryLimit, memoryLimitBytes != nil),
      (.warmStart, warmStart != nil),
      (.partialWarmStart, warmStart?.contains(nil) ?? false),
      (.log, logHandler != nil),
      (.progress, progressHandler != nil),
      (.cancellation, cancellation != nil),
    ]
    for (feature, isAsked) in asked where isAsked && !capabilities.features.contains(feature) {
      throw .unsupported(option: feature.rawValue, engine: engine)
    }
    let numbers = [
      ("timeLimit", timeLimit), ("absoluteGap", absoluteGap), ("relativeGap", relativeGap),
    ]
    for case (let name, let number?) in numbers where number.isNaN || number < 0 {
      throw .unsupported(option: "\(name) = \(number)", engine: engine)
    }
    for case (let name, let number?) in [
      ("nodeLimit", nodeLimit), ("memoryLimit", memoryLimitBytes),
    ]
    where number < 0 {
      throw .unsupported(option: "\(name) = \(number)", engine: engine)
    }
    guard let warmStart else { return }
    if warmStart.count != model.variableCount {
      throw .invalidModel(
        "the warm start has \(warmStart.count) values for \(model.variableCount) variables")
    }
    if let index = warmStart.firstIndex(where: { $0.map { !$0.isFinite } ?? false }) {
      throw .invalidModel("the warm start's value of \(model.variableNames[index]) is not a number")
    }
  }
}
