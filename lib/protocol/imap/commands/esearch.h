// ESEARCH: a search in several mailboxes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/search_key.h"
#include "protocol/imap/search_return.h"

namespace posthorn::imap::commands::esearch {

/// Most mailboxes and subtrees that one command may name.
inline constexpr std::size_t kMaxNames = 1'000;

/// filter-mailboxes (RFC 5465 section 6, RFC 7377 section 2.2).
struct Source {
  enum class Kind : std::uint8_t { selected, inboxes, personal, subscribed, subtree, subtree_one, mailboxes };
  Kind kind = Kind::selected;
  std::vector<std::string> names;  ///< of the last three
};

struct Args {
  std::vector<Source> sources;  ///< none: the selected mailbox
  imap::search::ReturnOptions options;
  imap::search::Program program;
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "ESEARCH",
                         .capability = "MULTISEARCH",
                         .rfc = "RFC 7377 section 2.1",
                         .example = "ESEARCH IN (mailboxes \"folder1\" subtree \"folder2\") RETURN (COUNT) UNSEEN",
                         .phases = kLoggedIn,
                         .effects = {}});

/// The names that the sources mean, each once, in the order in which they come first.
/// @param selected  empty: none is
/// @errors those of Mailboxes::list()
[[nodiscard]] Result<std::vector<std::string>> names_of(const std::vector<Source>& sources, Mailboxes& mailboxes,
                                                        const std::string& selected);

}  // namespace posthorn::imap::commands::esearch
