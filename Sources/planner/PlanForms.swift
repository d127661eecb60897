import Plans
import Reports

/// The forms in which plans of each kind are exported.
enum PlanForms {
  /// Forms of a profile alone.
  static let ofProfile = ["lp", "mps", "dat"]

  /// The forms of each kind of plan, in the order in which help lists them.
  static let ofPlans: [(kind: String, forms: [String])] = [
    ("swap", SwapExport.Format.allCases.map(\.rawValue)),
    ("two-stage", StageExport.Format.allCases.map(\.rawValue)),
    ("chunks", ChunkConfiguration.Format.allCases.map(\.rawValue)),
    ("expert-placement", PlacementExport.Format.allCases.map(\.rawValue)),
    ("dispatch", DispatchFile.Format.allCases.map(\.rawValue)),
    ("gradients", GradientExport.Format.allCases.map(\.rawValue)),
  ]

  /// All forms, each once.
  static let all = ofPlans.reduce(into: ofProfile) { all, own in
    all += own.forms.filter { !all.contains($0) }
  }

  /// Whether a form is one of a plan's kind.
  static func has(_ form: String, of plan: AnyPlan) -> Bool {
    ofPlans.contains { $0.kind == plan.kindName && $0.forms.contains(form) }
  }

  /// Returns the failure of a form that a kind of plan doesn't have.
  static func unknown(_ form: String, of plan: AnyPlan, path: String) -> CommandFailure {
    let kind = plan.kindName
    let article = kind == "expert-placement" ? "an" : "a"
    let known = ofPlans.first { $0.kind == kind }?.forms ?? []
    guard !known.isEmpty else {
      return CommandFailure(
        .badInput,
        "\(path): problem: this is \(article) \(kind) plan, which has no other form than its own file"
      )
    }
    let others = ofPlans.filter { $0.forms.contains(form) }.map(\.kind)
    return CommandFailure(
      .badInput,
      "\(path): problem: this is \(article) \(kind) plan, and \(form) is a form of \(others.joined(separator: ", ")) "
        + "plans. Use \(known.joined(separator: ", "))")
  }
}

extension AnyPlan {
  /// The problem, as the file names it.
  var kindName: String {
    switch self {
    case .swap: "swap"
    case .dispatch: "dispatch"
    case .expertPlacement: "expert-placement"
    case .chunks: "chunks"
    case .twoStage: "two-stage"
    case .gradients: "gradients"
    case .sharding: "sharding"
    }
  }
}
