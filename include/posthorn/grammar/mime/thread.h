// What ties messages to each other: message ids and the base subject (RFC 5256, RFC 8621 section 4.1.2.5).
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::mime {

struct BaseSubject {
  std::string text;                  ///< UTF-8, case kept; SORT and THREAD compare it with i;unicode-casemap
  bool is_reply_or_forward = false;  ///< something like "Re:", "(fwd)" or "[Fwd: ...]" was taken off (section 3)
};
/// The base subject (RFC 5256 section 2.1), in time linear in the subject.
/// @param raw  a Subject field body, folding and encoded words as they stand
[[nodiscard]] BaseSubject base_subject(View raw);

/// The ids of a Message-ID, In-Reply-To or References field body in order: what stands between brackets, without white
/// space and without quotes, so that <"a"@b> and <a@b> are the same (RFC 5256 section 3). Comments, quoted strings and
/// other words around them are left out; an id need not have an "@".
[[nodiscard]] std::vector<std::string> message_ids(View raw);

/// What THREAD=REFERENCES and JMAP threads are made of.
struct ThreadLinks {
  std::string message_id;  ///< the first one; empty where there is none
  std::vector<std::string> in_reply_to;
  std::vector<std::string> references;  ///< oldest first
  BaseSubject subject;

  /// The messages that this one follows, oldest first: its references, else the first that it replies to (RFC 5256
  /// section 3, step 1).
  [[nodiscard]] std::vector<std::string> ancestors() const;
};
/// @param header  of a message, as Message::header() gives it
[[nodiscard]] ThreadLinks thread_links(View header);

}  // namespace posthorn::mime
