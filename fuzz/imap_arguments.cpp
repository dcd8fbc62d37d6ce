// The grammar of each IMAP command: what it takes it takes whole, and twice.
//
// input = octet (row), then the arguments.
#include <cstddef>
#include <string>

#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/spec.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  if (input.empty()) return;
  const auto rows = imap::all_commands();
  const imap::CommandSpec& row = rows[static_cast<unsigned char>(input[0]) % rows.size()];
  const View arguments = input.substr(1);
  Cursor c(arguments);
  const auto checked = row.check(c);
  if (checked) {
    fuzzing::check(c.at_end(), "what a grammar takes it takes whole");
    Cursor again(arguments);
    fuzzing::check(row.check(again).has_value(), "a grammar has no memory");
  } else {
    fuzzing::check(checked.error().offset <= arguments.size(), "an error lies inside the text");
    fuzzing::check(checked.error().blame == Blame::peer, "bad arguments are the peer's");
  }
}
