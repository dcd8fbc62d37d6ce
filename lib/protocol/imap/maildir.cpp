#include "posthorn/protocol/imap/maildir.h"

#include <utility>

#include "posthorn/grammar/char_set.h"

namespace posthorn::imap {

std::string maildir_flags(const Flags& flags) {
  std::string letters;
  constexpr std::pair<SystemFlag, char> kLetters[] = {{SystemFlag::draft, 'D'},
                                                      {SystemFlag::flagged, 'F'},
                                                      {SystemFlag::answered, 'R'},
                                                      {SystemFlag::seen, 'S'},
                                                      {SystemFlag::deleted, 'T'}};
  for (const auto& [flag, letter] : kLetters) {
    if (flags.has(flag)) letters += letter;
  }
  return letters;
}

std::string maildir_folder(View mailbox, char delimiter) {
  if (same_word(mailbox, "INBOX")) return {};
  std::string name = ".";
  for (const char c : mailbox) {
    // A part without a name is spelled out, so that no folder is called "..".
    if (c == delimiter && delimiter != '\0' && name.back() != '.') {
      name += '.';
    } else if (c == '.' || c == '/' || c == '%') {
      name += c == '.' ? "%2E" : c == '/' ? "%2F" : "%25";
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace posthorn::imap
