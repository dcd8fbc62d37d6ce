#include "protocol/imap/rights_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap {

namespace {

/// A letter of RFC 2086 and what became of it.
struct OldLetter {
  char letter;
  Rights now;
};
constexpr OldLetter kOldLetters[] = {{'c', Right::create | Right::remove}, {'d', Right::expunge | Right::set_deleted}};

std::string new_letters(Rights rights) {
  std::string letters = format_rights(rights);
  std::erase_if(letters, [](char c) { return c == 'c' || c == 'd'; });
  return letters;
}

}  // namespace

bool rights_identifier(Cursor& c, std::string& out) {
  if (!astring(c, out)) return false;
  const View name = View(out).substr(out.starts_with('-') ? 1 : 0);
  const bool good = !name.empty() && codec::is_utf8(name) &&
                    std::none_of(name.begin(), name.end(), [](char octet) { return chars::kCtl[octet]; });
  return good || c.fail(Code::syntax, "an identifier");
}

bool changed_rights(Cursor& c, RightsChange& change, Rights& out) {
  std::string text;
  if (!astring(c, text)) return false;
  const bool add = text.starts_with('+');
  const bool remove = text.starts_with('-');
  change = add ? RightsChange::add : remove ? RightsChange::remove : RightsChange::replace;
  const auto rights = parse_rights(View(text).substr(add || remove ? 1 : 0));
  if (!rights) return c.fail(Code::syntax, "a letter that is no right");
  out = *rights;
  return true;
}

std::string rights_word(Rights rights) { return rights.empty() ? "\"\"" : format_rights(rights); }

std::string grantable_words(const GrantableRights& grantable) {
  std::vector<Rights> groups{grantable.always};
  groups.insert(groups.end(), grantable.optional.begin(), grantable.optional.end());
  std::vector<std::string> words;
  Rights all;
  for (const Rights group : groups) {
    words.push_back(new_letters(group));
    all = all | group;
  }
  for (const OldLetter& old : kOldLetters) {
    if ((all & old.now).empty()) continue;
    const auto home = std::find_if(groups.begin(), groups.end(), [&](Rights g) { return g.has_all(old.now); });
    if (home != groups.end()) {
      words[static_cast<std::size_t>(home - groups.begin())] += old.letter;
    } else {
      words.emplace_back(1, old.letter);
    }
  }
  std::string out = words.front().empty() ? "\"\"" : words.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words[i].empty()) (out += ' ') += words[i];
  }
  return out;
}

void write_my_rights(View name, Rights rights, Responder& responder) {
  responder.raw("* MYRIGHTS ").mailbox(name).raw(" ").raw(rights_word(rights)).end();
}

}  // namespace posthorn::imap
