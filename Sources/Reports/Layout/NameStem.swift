/// What the names of repeated operators and tensors have in common.
enum NameStem {
  /// Returns a name without the number at its beginning or end: `469.all_reduce` and
  /// `all_reduce#3` are `all_reduce`.
  ///
  /// A name that is nothing but a number stays as it is.
  static func of(_ name: String) -> String {
    func isNumbering(_ character: Character) -> Bool {
      character.isASCII && (character.isNumber || ".#:_- ".contains(character))
    }
    func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
    var stem = Substring(name)
    if let first = stem.first, isDigit(first) { stem = stem.drop(while: isNumbering) }
    if let last = stem.last, isDigit(last) {
      while let last = stem.last, isNumbering(last) { stem.removeLast() }
    }
    return stem.isEmpty ? name : String(stem)
  }
}
