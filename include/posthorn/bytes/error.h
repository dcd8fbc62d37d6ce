// The one error type of the tree: what failed, whose fault it is, whether trying again can help.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "posthorn/bytes/view.h"

namespace posthorn {

/// What failed. A table per protocol maps (Code, Lasting) to the words on the wire.
enum class Code : std::uint8_t {
  syntax,          ///< octets that no production of the grammar allows
  bad_state,       ///< right words at the wrong time
  too_long,        ///< a named limit on a length was passed
  too_many,        ///< a named limit on a count was passed
  unsupported,     ///< known and deliberately not offered
  not_found,       ///< no such domain, mailbox, message, row
  exists,          ///< the name is taken
  conflict,        ///< somebody else changed it first: read again and retry
  denied,          ///< permission or credentials; carries no reason on purpose
  encryption_needed,  ///< refused until the connection has TLS
  over_quota,      ///< the mailbox has no room left
  unavailable,     ///< a part that is needed does not answer now
  no_space,        ///< the disk is full
  corrupt,         ///< stored octets contradict themselves
  sealed,          ///< the octets are sealed and this session has no key for them
  timed_out,       ///< a deadline passed
  closed,          ///< the other side is gone
  misuse,          ///< the caller broke a contract
  defect,          ///< our own bug: reported, counted, never hidden
};

/// Whose fault a failure is: decides who hears of it.
enum class Blame : std::uint8_t { peer, caller, environment, defect };

/// Whether the same request may succeed later.
enum class Lasting : std::uint8_t { transient, permanent };

/// One failure. `note` is for the operator only: it never reaches the wire.
struct Error {
  Code code = Code::defect;
  Blame blame = Blame::defect;
  Lasting lasting = Lasting::permanent;
  std::uint32_t offset = 0;  ///< octets from the start of the text that was read
  std::string note;

  Error() = default;
  Error(Code c, Blame b, Lasting l, View why = {}, std::uint32_t at = 0)
      : code(c), blame(b), lasting(l), offset(at), note(why) {}
  bool operator==(const Error&) const = default;
};

/// The peer sent something that must be refused.
[[nodiscard]] inline Error peer_error(Code code, View note = {}, std::uint32_t offset = 0) {
  return {code, Blame::peer, Lasting::permanent, note, offset};
}
/// Something around us failed and may work later.
[[nodiscard]] inline Error environment_error(Code code, View note = {}) {
  return {code, Blame::environment, Lasting::transient, note};
}
/// The embedding program broke a contract.
[[nodiscard]] inline Error caller_error(Code code, View note = {}) {
  return {code, Blame::caller, Lasting::permanent, note};
}

/// The lower-case word of a code, for logs and tests.
[[nodiscard]] View name_of(Code code);

}  // namespace posthorn
