#include "posthorn/grammar/mail/tag_list.h"

#include <algorithm>

#include "posthorn/grammar/cursor.h"

namespace posthorn::mail {

namespace {

constexpr CharSet kSpace = CharSet(" \t\r\n");
constexpr CharSet kName = chars::kAlnum + CharSet("_");
constexpr CharSet kValue = chars::kVisible + chars::kEightBit + kSpace - CharSet(";");

View trimmed(View text) {
  while (!text.empty() && kSpace[text.front()]) text.remove_prefix(1);
  while (!text.empty() && kSpace[text.back()]) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<TagList> TagList::parse(View text) {
  Cursor c(text);
  TagList list;
  do {
    Tag tag;
    c.try_run(kSpace);
    if (c.at_end() && !list.tags_.empty()) break;  // the last tag may end in ";"
    if (!chars::kAlpha[c.peek()]) c.fail(Code::syntax, "no tag");
    c.run(kName, tag.name);
    c.try_run(kSpace);
    c.octet('=');
    tag.raw = c.try_run(kValue);
    tag.value = trimmed(tag.raw);
    if (list.find(tag.name) != nullptr) c.fail(Code::syntax, "the tag " + own(tag.name) + " twice");
    if (list.tags_.size() == kTags) c.fail(Code::too_many);
    list.tags_.push_back(tag);
  } while (c.try_octet(';'));
  c.end();
  return c.finish(std::move(list));
}

const Tag* TagList::find(View name) const {
  const auto found = std::find_if(tags_.begin(), tags_.end(), [&](const Tag& tag) { return tag.name == name; });
  return found == tags_.end() ? nullptr : &*found;
}

std::optional<View> TagList::value(View name) const {
  const Tag* tag = find(name);
  return tag == nullptr ? std::nullopt : std::optional(tag->value);
}

std::string without_space(View value) {
  std::string out;
  out.reserve(value.size());
  std::copy_if(value.begin(), value.end(), std::back_inserter(out), [](char c) { return !kSpace[c]; });
  return out;
}

std::vector<View> split_value(View value, char separator) {
  std::vector<View> items;
  if (trimmed(value).empty()) return items;
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find(separator, at), value.size());
    items.push_back(trimmed(value.substr(at, end - at)));
    at = end + 1;
  }
  return items;
}

std::optional<std::uint64_t> number_of(View value) {
  constexpr std::size_t kDigits = 20;
  std::uint64_t number = 0;
  Cursor c(value);
  c.number<std::uint64_t>(number);
  c.end();
  if (!c.ok() || value.size() > kDigits) return std::nullopt;
  return number;
}

}  // namespace posthorn::mail
