/// The version of planner that plans and reports carry.
public enum PlannerVersion {
  /// The version, as `major.minor.patch`.
  public static let current = "0.1.0"
}
