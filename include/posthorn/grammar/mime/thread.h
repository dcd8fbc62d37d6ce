// What ties messages to each other: the base subject (RFC 5256 section 2.1).
#pragma once

#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

struct BaseSubject {
  std::string text;                  ///< UTF-8, case kept; SORT and THREAD compare it with i;unicode-casemap
  bool is_reply_or_forward = false;  ///< something like "Re:", "(fwd)" or "[Fwd: ...]" was taken off (section 3)
};
/// The base subject (RFC 5256 section 2.1), in time linear in the subject.
/// @param raw  a Subject field body, folding and encoded words as they stand
[[nodiscard]] BaseSubject base_subject(View raw);

}  // namespace posthorn::mime
