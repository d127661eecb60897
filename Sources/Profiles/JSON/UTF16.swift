/// Texts that some editors and shells write in UTF-16, which nothing here reads.
package enum UTF16 {
  /// Whether bytes begin as a text in UTF-16 does: with its mark, or with ASCII between zeros.
  package static func begins(_ bytes: some Collection<UInt8>) -> Bool {
    let head = Array(bytes.prefix(4))
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return true }
    guard head.count == 4 else { return false }
    let (even, odd) = ([head[0], head[2]], [head[1], head[3]])
    func isText(_ bytes: [UInt8]) -> Bool {
      bytes.allSatisfy { 0x20..<0x7F ~= $0 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    }
    return even == [0, 0] && isText(odd) || odd == [0, 0] && isText(even)
  }
}
