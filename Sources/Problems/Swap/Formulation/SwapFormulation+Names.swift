import Profiles

/// Names of variables and rows.
extension SwapFormulation {
  /// `tensor@after..before`, in the characters that solver files allow.
  static func label(of instance: SwapInstance, gap: Int) -> String {
    let item = instance.gaps[gap]
    let tensor = plain(instance.storages.all[item.storage].tensor.id)
    return "\(tensor)@\(item.after)..\(item.before)"
  }

  /// `start` or `end` with the operator's position and name.
  static func label(of instance: SwapInstance, moment: Int) -> String {
    let step = moment / 2
    let name = plain(instance.operatorNames[step])
    return "\(moment % 2 == 0 ? "start" : "end")\(step),\(name)"
  }

  static func plain(_ name: String) -> String {
    String(
      name.utf8.prefix(120).map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F:
          Character(UnicodeScalar(byte))
        default: Character("_")
        }
      })
  }
}
