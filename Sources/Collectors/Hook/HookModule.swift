/// The Python module that records a training step of PyTorch as a profile.
public enum HookModule {
  /// The module's source, in UTF-8; `planner_profile.py` is its name.
  public static var source: [UInt8] { PackageResources.planner_profile_py }
}
