#include "service/filtering/flags.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

namespace posthorn::filtering {

namespace {

struct SystemWord {
  View word;
  imap::SystemFlag flag;
};
constexpr SystemWord kSystemWords[] = {{"\\Seen", imap::SystemFlag::seen},
                                       {"\\Answered", imap::SystemFlag::answered},
                                       {"\\Flagged", imap::SystemFlag::flagged},
                                       {"\\Deleted", imap::SystemFlag::deleted},
                                       {"\\Draft", imap::SystemFlag::draft}};

}  // namespace

imap::Flags flags_of(std::span<const std::string> words) {
  imap::Flags flags;
  for (const std::string& word : words) {
    const auto system = std::ranges::find_if(kSystemWords, [&](const auto& row) { return same_word(row.word, word); });
    if (system != std::end(kSystemWords)) {
      flags.system |= static_cast<std::uint8_t>(system->flag);
    } else if (!word.empty() && !word.starts_with('\\')) {
      flags.keywords.push_back(word);
    }
  }
  std::ranges::sort(flags.keywords);
  return flags;
}

std::vector<std::string> words_of(const imap::Flags& flags) {
  std::vector<std::string> words;
  for (const SystemWord& row : kSystemWords) {
    if (flags.has(row.flag)) words.push_back(own(row.word));
  }
  words.insert(words.end(), flags.keywords.begin(), flags.keywords.end());
  return words;
}

}  // namespace posthorn::filtering
