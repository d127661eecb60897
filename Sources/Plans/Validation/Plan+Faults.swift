public import Profiles

extension Plan {
  /// Returns the first ten reasons why the plan is not one for a profile.
  ///
  /// A plan without faults names the profile, decides every idle gap exactly once, copies only what may be
  /// moved, issues each copy back inside its gap, and runs only chains that give the content
  /// that was dropped. Whether it fits in memory, and how long it takes, is for the simulator to tell.
  ///
  /// - Parameters:
  ///   - profile: A profile without faults.
  ///   - sha256: The digest of the profile's text, compared if the plan has one too.
  public func faults(on profile: Profile, sha256: String? = nil) -> [Fault] {
    var faults = FaultList()
    if profile.name != self.profile.name {
      faults.add(
        .root["profile"]["name"],
        "the plan is for \(JSON.quoted(self.profile.name)), not for \(JSON.quoted(profile.name))",
        "give the profile that the plan is for")
    }
    if let sha256, let expected = self.profile.sha256, sha256.lowercased() != expected.lowercased()
    {
      faults.add(
        .root["profile"]["sha256"], "the profile has changed since the plan was made",
        "make a new plan")
    }
    switch decisions {
    case .swap(let decisions):
      var check = SwapCheck(of: profile, faults: faults)
      check.run(decisions)
      return check.faults.first
    }
  }
}
