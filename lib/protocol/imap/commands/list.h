// LIST with the selection and return options of RFC 5258, special uses of RFC 6154, STATUS of RFC 5819, MYRIGHTS of
// RFC 8440 and METADATA of RFC 9590.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/status_items.h"

namespace posthorn::imap::commands::list {

/// Selection options; a bit each.
enum class Select : std::uint8_t { subscribed = 1, remote = 2, recursive_match = 4, special_use = 8 };

struct Args {
  Bits<Select> select;
  bool extended = false;
  std::string reference;
  std::vector<std::string> patterns;
  bool return_subscribed = false;
  bool return_rights = false;
  status_items::Items status = 0;
  std::vector<std::string> metadata;  ///< names of entries
};
Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "LIST",
                         .capability = "IMAP4rev1 CHILDREN SPECIAL-USE LIST-EXTENDED LIST-STATUS LIST-MYRIGHTS "
                                       "LIST-METADATA",
                         .rfc = "RFC 9051 section 6.3.9",
                         .example = "LIST (SUBSCRIBED) \"\" (INBOX \"%\") RETURN (CHILDREN STATUS (MESSAGES))",
                         .phases = kLoggedIn,
                         .effects = {}});

}  // namespace posthorn::imap::commands::list
