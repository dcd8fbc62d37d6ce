#include "protocol/imap/raw_screen.h"

#include <algorithm>
#include <array>
#include <bit>

#include "posthorn/grammar/char_set.h"

#include "bytes/codec/scan.h"

namespace posthorn::imap::search {

namespace {

/// What a text may have in it that is in the octets in the same order without anything between.
constexpr CharSet kWord = chars::kVisible - CharSet(":");

bool every_cr_ends_a_line(View octets) {
  for (std::size_t at = octets.find('\r'); at != View::npos; at = octets.find('\r', at + 1)) {
    if (at + 1 == octets.size() || octets[at + 1] != '\n') return false;
  }
  return true;
}

bool has_encoded_word(View octets) {
  for (std::size_t at = octets.find('='); at != View::npos; at = octets.find('=', at + 1)) {
    if (at + 1 < octets.size() && octets[at + 1] == '?') return true;
  }
  return false;
}

View after_blanks(View text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

/// Whether after each `name` there is `separator` and one of `words`; anything that is spelled in another way counts as
/// something else.
template <std::size_t N>
bool always_one_of(View octets, const WordFinder& name, char separator, const std::array<View, N>& words) {
  for (std::size_t at = name.find(octets); at != View::npos; at = name.find(octets, at + name.size())) {
    View value = after_blanks(octets.substr(at + name.size()));
    if (!value.starts_with(separator)) return false;
    value = after_blanks(value.substr(1));
    if (value.starts_with('"')) value.remove_prefix(1);
    if (std::ranges::none_of(words, [&](View w) { return same_word(value.substr(0, w.size()), w); })) return false;
  }
  return true;
}

}  // namespace

bool WordFinder::is_at(const char* at) const {
  for (std::size_t i = 0; i < word_.size(); ++i) {
    if (to_lower(at[i]) != word_[i]) return false;
  }
  return true;
}

std::size_t WordFinder::find(View octets, std::size_t from) const {
  using codec::Sixteen;
  const std::size_t last = word_.size() - 1;
  const char a = word_.front();
  const char b = word_.back();
  const char capital_a = to_upper(a);
  const char capital_b = to_upper(b);
  const char* const data = octets.data();
  std::size_t at = from;
  for (; at + last + Sixteen::kOctets <= octets.size(); at += Sixteen::kOctets) {
    const Sixteen first(data + at);
    const Sixteen second(data + at + last);
    unsigned both = (first.equal(a) | first.equal(capital_a)) & (second.equal(b) | second.equal(capital_b));
    for (; both != 0; both &= both - 1) {
      const std::size_t here = at + static_cast<std::size_t>(std::countr_zero(both));
      if (is_at(data + here)) return here;
    }
  }
  for (; at + last < octets.size(); ++at) {
    if (is_at(data + at)) return at;
  }
  return View::npos;
}

bool is_transparent_header(View fields) { return !has_encoded_word(fields) && every_cr_ends_a_line(fields); }

bool is_transparent(View message) {
  constexpr WordFinder kEncoding("content-transfer-encoding");
  constexpr WordFinder kCharset("charset");
  constexpr std::array<View, 3> kPlain{"7bit", "8bit", "binary"};
  constexpr std::array<View, 5> kAscii{"utf-8", "us-ascii", "iso-8859-", "windows-125", "koi8-"};
  return is_transparent_header(message) && always_one_of(message, kEncoding, ':', kPlain) &&
         always_one_of(message, kCharset, '=', kAscii);
}

RawScreen::RawScreen(View folded) {
  View longest;
  for (std::size_t at = 0; at < folded.size();) {
    std::size_t end = at;
    while (end < folded.size() && kWord[folded[end]]) ++end;
    if (end - at > longest.size()) longest = folded.substr(at, end - at);
    at = end + 1;
  }
  if (!longest.empty()) finder_.emplace(longest);
}

}  // namespace posthorn::imap::search
