import Profiles

/// The digests that tell whether two items are the same work.
package enum CacheKey {
  /// The digest of a profile's bytes and its options.
  package static func input(profile: [UInt8], options: [String: String]) -> String {
    digest([SHA256.hexadecimal(of: profile)] + words(of: options))
  }

  /// The digest of an input and the programs that plan it.
  ///
  /// - Parameters:
  ///   - input: The digest of profile and options.
  ///   - programs: What identifies planner and the solver, such as their versions.
  package static func answer(input: String, programs: [String]) -> String {
    digest([input] + programs)
  }

  private static func words(of options: [String: String]) -> [String] {
    options.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
  }

  /// Each text goes in with its length, so that no two lists look alike.
  private static func digest(_ texts: [String]) -> String {
    SHA256.hexadecimal(of: Array(texts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
  }
}
