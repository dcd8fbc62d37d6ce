// The grammar of each IMAP command: what it takes it takes whole, and twice.
//
// input = a command without its tag, literals inline; one that no row names is nothing.
#include <cstddef>
#include <string>

#include "posthorn/grammar/cursor.h"
#include "posthorn/protocol/imap/spec.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  if (input.starts_with("UID ")) input.remove_prefix(4);
  const View name = input.substr(0, input.find(' '));
  const imap::CommandSpec* found = imap::find_command(imap::all_commands(), name);
  if (found == nullptr) return;
  const imap::CommandSpec& row = *found;
  const View arguments = input.substr(name.size());
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
