// Content-Type, Content-Disposition and Content-Transfer-Encoding that can be read in two ways.
#include <algorithm>
#include <array>
#include <cstdint>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/header.h"
#include "posthorn/grammar/mime/parameter.h"

#include "grammar/mime/reading_list.h"
#include "grammar/mime/token.h"

namespace posthorn::mime {

namespace {
constexpr CharSet kWhite = " \t\r\n";

/// Parameters that decide how a body is read or what it is called.
struct Watched {
  View name;
  bool is_a_name;
};
constexpr std::array<Watched, 4> kWatched{
    {{"boundary", false}, {"charset", false}, {"name", true}, {"filename", true}}};

bool has_comment(View raw) {
  bool quoted = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (quoted && raw[i] == '\\') {
      ++i;
    } else if (raw[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && raw[i] == '(') {
      return true;
    }
  }
  return false;
}

View base_name(View name) { return name.substr(0, name.find('*')); }

/// What stands before a parameter: one ";" and white space, or something that is read in different ways.
void separator(ReadingList& list, View raw, const ParameterView& parameter) {
  std::size_t at = static_cast<std::size_t>(parameter.name.data() - raw.data());
  const auto back_over_white = [&] {
    while (at > 0 && kWhite[raw[at - 1]]) --at;
  };
  back_over_white();
  if (at == 0 || raw[at - 1] == ')') return;  // a comment is told of already
  if (raw[at - 1] != ';') {
    list.add(Ambiguity::missing_semicolon, parameter.name);
    return;
  }
  --at;
  back_over_white();
  if (at > 0 && raw[at - 1] == ';') list.add(Ambiguity::empty_parameter, raw.substr(at - 1, 1));
}

void parameters(ReadingList& list, View raw, View text) {
  struct Seen {
    std::uint32_t plain = 0;
    std::uint32_t extended = 0;
  };
  std::array<Seen, kWatched.size()> seen;
  ParameterReader reader(text);
  for (ParameterView p; reader.next(p);) {
    separator(list, raw, p);
    if (!p.quoted && p.loose.size() != p.value.size()) list.add(Ambiguity::loose_parameter, p.loose);
    const bool not_a_token = !p.quoted && std::ranges::any_of(p.value, [](char c) { return !kToken[c]; });
    if (not_a_token) list.add(Ambiguity::loose_parameter, p.value);
    if (p.quoted && p.value.data() + p.value.size() == raw.data() + raw.size())
      list.add(Ambiguity::open_quote, p.value);
    for (std::size_t i = 0; i < kWatched.size(); ++i) {
      if (!same_word(kWatched[i].name, base_name(p.name))) continue;
      const bool extended = base_name(p.name).size() != p.name.size();
      if (!extended && seen[i].plain++ > 0) list.add(Ambiguity::duplicate_parameter, p.name);
      if (extended && !kWatched[i].is_a_name) list.add(Ambiguity::split_parameter, p.name);
      if (extended) ++seen[i].extended;
      const bool first_of_both = seen[i].plain == 1 && seen[i].extended == 1;
      if (first_of_both && kWatched[i].is_a_name) list.add(Ambiguity::two_names, p.name);
    }
  }
}

void encoding(ReadingList& list, View raw) {
  View word = raw;
  while (!word.empty() && chars::kSpace[word.front()]) word.remove_prefix(1);
  const bool token = !word.empty() && std::ranges::all_of(word, [](char c) { return kToken[c]; });
  if (!token) list.add(Ambiguity::encoding_spelling, raw);
  if (parse_encoding(raw) == Encoding::unknown) list.add(Ambiguity::encoding_unknown, raw);
}
}  // namespace

void read_content_field(ReadingList& list, const Field& field) {
  const bool is_type = same_word(field.name, "Content-Type");
  if (same_word(field.name, "Content-Transfer-Encoding")) encoding(list, field.raw);
  if (!is_type && !same_word(field.name, "Content-Disposition")) return;
  const auto value = is_type ? split_content_type(field.raw) : split_value(field.raw);
  if (has_comment(field.raw)) list.add(Ambiguity::comment_in_value, field.raw);
  if (value) {
    parameters(list, field.raw, value->parameters);
  } else if (is_type) {
    list.add(Ambiguity::content_type_unreadable, field.raw);
  }
}

}  // namespace posthorn::mime
