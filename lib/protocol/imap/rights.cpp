#include "posthorn/protocol/imap/rights.h"

#include <array>

namespace posthorn::imap {

namespace {
struct Letter {
  char letter;
  Rights rights;
};
// In the order of RFC 4314 section 2.1; c and d are of RFC 2086.
constexpr std::array<Letter, 11> kLetters{{{'l', Right::lookup},
                                           {'r', Right::read},
                                           {'s', Right::seen},
                                           {'w', Right::write},
                                           {'i', Right::insert},
                                           {'p', Right::post},
                                           {'k', Right::create},
                                           {'x', Right::remove},
                                           {'t', Right::set_deleted},
                                           {'e', Right::expunge},
                                           {'a', Right::administer}}};
constexpr Rights kOldCreate = Right::create | Right::remove;
constexpr Rights kOldDelete = Right::expunge | Right::set_deleted;
}  // namespace

std::optional<Rights> parse_rights(View letters) {
  Rights out;
  for (const char c : letters) {
    Rights found;
    for (const Letter& known : kLetters) {
      if (known.letter == c) found = known.rights;
    }
    if (c == 'c') found = kOldCreate;
    if (c == 'd') found = kOldDelete;
    if (found.empty()) return std::nullopt;
    out = out | found;
  }
  return out;
}

std::string format_rights(Rights rights) {
  std::string out;
  for (const Letter& known : kLetters) {
    if (rights.has_all(known.rights)) out += known.letter;
  }
  // A server that ties no rights together shows the old letters when any of what they stood for is there
  // (RFC 4314 section 2.1.1).
  if (!(rights & kOldCreate).empty()) out += 'c';
  if (!(rights & kOldDelete).empty()) out += 'd';
  return out;
}

}  // namespace posthorn::imap
