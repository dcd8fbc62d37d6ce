#include "posthorn/grammar/mime/fields.h"

#include <utility>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/thread.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
/// Where the phrase that begins at `at` is over: at a comma outside of quotes and comments, or at the end.
std::size_t phrase_end(View raw, std::size_t at) {
  bool quoted = false;
  while (at < raw.size() && (quoted || raw[at] != ',')) {
    if (!quoted && raw[at] == '(') {
      at = comment_end(raw, at);
      continue;
    }
    if (raw[at] == '"') quoted = !quoted;
    at += raw[at] == '\\' && at + 1 < raw.size() ? 2 : 1;
  }
  return at;
}
}  // namespace

std::optional<Field> Fields::first(View name) const {
  for (const Field& field : all(name)) return field;
  return std::nullopt;
}

View Fields::octets(const Field& field) const {
  const auto begin = static_cast<std::size_t>(field.name.data() - header_.data());
  auto end = static_cast<std::size_t>(field.raw.data() - header_.data()) + field.raw.size();
  const View line_end = header_.substr(end, 2);
  if (line_end == "\r\n") {
    end += 2;
  } else if (line_end.starts_with('\n')) {
    end += 1;
  }
  return header_.substr(begin, end - begin);
}

std::optional<std::string> Fields::text(View name) const {
  const auto found = raw(name);
  if (!found) return std::nullopt;
  return decode_words(unfold(*found));
}

std::vector<mail::Address> Fields::addresses(View name) const {
  auto out = mail::address_list(raw(name).value_or(View()));
  for (mail::Address& a : out) a.name = decode_words(a.name);
  return out;
}

std::optional<WallTime> Fields::date(View name) const {
  const auto found = raw(name);
  return found ? mail::parse_date(*found) : std::nullopt;
}

std::vector<std::string> Fields::ids(View name) const { return message_ids(raw(name).value_or(View())); }

std::vector<std::string> Fields::phrases(View name) const {
  const View list = raw(name).value_or(View());
  std::vector<std::string> out;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const std::size_t begin = at;
    at = phrase_end(list, at);
    if (std::string phrase = decode_words(unfold(list.substr(begin, at - begin))); !phrase.empty()) {
      out.push_back(std::move(phrase));
    }
  }
  return out;
}

std::optional<ContentType> Fields::content_type() const {
  const auto found = raw("Content-Type");
  return found ? parse_content_type(*found) : std::nullopt;
}

std::vector<mail::Received> Fields::received() const {
  std::vector<mail::Received> out;
  for (const Field& field : all("Received")) out.push_back(mail::parse_received(field.raw));
  return out;
}

}  // namespace posthorn::mime
