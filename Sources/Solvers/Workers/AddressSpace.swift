import Foundation
import Glibc

/// How many bytes of address space the process has now.
///
/// That includes what libraries, thread stacks and the allocator's arenas reserve without use.
func addressSpace() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
    let pages = text.split(separator: " ").first.flatMap({ Int($0) })
  else { return 0 }
  return pages * sysconf(Int32(_SC_PAGESIZE))
}

/// Makes the system refuse memory beyond a size of the address space; nil lifts the limit.
func limitAddressSpace(to bytes: Int?) {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  limit.rlim_cur = bytes.map { min(rlim_t($0), limit.rlim_max) } ?? limit.rlim_max
  setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
}
