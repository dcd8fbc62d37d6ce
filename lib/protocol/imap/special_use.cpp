#include "protocol/imap/special_use.h"

#include "posthorn/grammar/char_set.h"

namespace posthorn::imap {

namespace {
struct Row {
  SpecialUse use;
  View word;
};
constexpr Row kRows[] = {{SpecialUse::archive, "\\Archive"}, {SpecialUse::drafts, "\\Drafts"},
                         {SpecialUse::flagged, "\\Flagged"}, {SpecialUse::junk, "\\Junk"},
                         {SpecialUse::sent, "\\Sent"},       {SpecialUse::trash, "\\Trash"},
                         {SpecialUse::all, "\\All"}};
}  // namespace

SpecialUse special_use(View word) {
  for (const Row& row : kRows) {
    if (same_word(row.word.substr(1), word)) return row.use;
  }
  return SpecialUse::none;
}

View word_of(SpecialUse use) {
  for (const Row& row : kRows) {
    if (row.use == use) return row.word;
  }
  return {};
}

}  // namespace posthorn::imap
