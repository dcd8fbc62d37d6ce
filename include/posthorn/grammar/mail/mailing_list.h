// Fields of mailing lists and other machines (RFC 2369, 2919, 3834, 8058).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::mail {

/// List-Id = [phrase] "<" list-id ">" (RFC 2919 section 3).
struct ListId {
  std::string phrase;  ///< unquoted, encoded words kept
  std::string id;      ///< "announce.example.org"; compared without case (section 6)
};
/// A lone word without brackets counts as the id, as people send it; nullopt where there is none.
[[nodiscard]] std::optional<ListId> parse_list_id(View raw);

/// The URLs of a List-* field in the order of the sender's preference, without white space (RFC 2369 section 2). What
/// stands outside angle brackets, like the "NO" of List-Post, is none.
[[nodiscard]] std::vector<std::string> list_urls(View raw);

/// The https URL that one POST unsubscribes at, nullopt where the two fields do not offer it (RFC 8058 section 3.1).
/// The message must also have a valid DKIM signature over both fields (section 4), which is for the caller to see to.
/// @param unsubscribe  List-Unsubscribe @param post  List-Unsubscribe-Post
[[nodiscard]] std::optional<std::string> one_click_url(View unsubscribe, View post);

/// Whether Auto-Submitted says that a machine sent the message: anything but "no" (RFC 3834 section 5).
[[nodiscard]] bool is_auto_submitted(View raw);

}  // namespace posthorn::mail
