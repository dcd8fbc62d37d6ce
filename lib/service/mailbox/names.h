// Mailbox names: which may be, which are the same, who is whose parent.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/mailbox/limits.h"

namespace posthorn::mailbox {

inline constexpr View kInbox = "INBOX";

/// The one spelling of a name: a first component that is "inbox" in any case becomes INBOX (RFC 9051 section 5.1).
[[nodiscard]] std::string canonical_name(View name);

/// The canonical name of a mailbox that may be created; one delimiter at the end is ignored (section 6.3.4).
/// @errors syntax: not UTF-8, an empty component, a control or wildcard character, too long, too deep, or a name
/// that starts with '#' (kept for namespaces, section 5.1.2.1)
[[nodiscard]] Result<std::string> name_to_create(View name, const Limits& limits);

/// As name_to_create(), also for the names of namespaces, which start with '#'.
[[nodiscard]] Result<std::string> name_to_subscribe(View name, const Limits& limits);

/// "a" and "a/b" for "a/b/c".
[[nodiscard]] std::vector<std::string> parents_of(View name);

/// Whether `name` lies below `parent`.
[[nodiscard]] bool is_below(View name, View parent);

/// Equal, ASCII case ignored: how keywords compare.
[[nodiscard]] bool same_word(View a, View b);

/// @errors syntax (empty, or an octet that no flag-keyword holds), too_long
[[nodiscard]] Result<void> check_keyword(View word, const Limits& limits);

}  // namespace posthorn::mailbox
