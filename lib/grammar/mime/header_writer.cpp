#include "posthorn/grammar/mime/header_writer.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mail/domain.h"

#include "grammar/made_of.h"
#include "grammar/mime/field_text.h"
#include "grammar/mime/folding.h"
#include "grammar/mime/parameter_writer.h"

namespace posthorn::mime {

namespace {
/// White space and a word that are longer together are put into encoded words, which can be cut.
constexpr std::size_t kLongWord = 900;
constexpr std::size_t kLongGap = 20;
constexpr std::size_t kMaxName = 77;  // of a field: what a folded line holds with the colon
constexpr CharSet kIdText = chars::kVisible + chars::kEightBit - CharSet("<>");
constexpr CharSet kLiteralText = chars::kVisible - CharSet("[]\\");

std::size_t run_of(View text, const CharSet& set) {
  const auto end = std::ranges::find_if_not(text, [&](char c) { return set[c]; });
  return static_cast<std::size_t>(end - text.begin());
}

/// White space and a word. White space at the beginning and the end of a text, which readers drop, is part of the word.
struct Word {
  View gap;
  View text;
};

/// Takes the next word off a text that is not empty.
Word take_word(View& rest, bool first) {
  const std::size_t gap = run_of(rest, chars::kSpace);
  std::size_t end = gap + run_of(rest.substr(gap), ~chars::kSpace);
  if (is_made_of(rest.substr(end), chars::kSpace)) end = rest.size();
  const std::size_t begin = first ? 0 : gap;
  const Word word{rest.substr(0, begin), rest.substr(begin, end - begin)};
  rest.remove_prefix(end);
  return word;
}

bool needs_encoding(const Word& word, HeaderForm form) {
  const View text = word.text;
  return (form == HeaderForm::ascii && !codec::is_ascii(text)) || text.contains("=?") || word.gap.size() > kLongGap ||
         word.gap.size() + text.size() > kLongWord || chars::kSpace[text.front()] || chars::kSpace[text.back()];
}

/// Atoms with one space between them (RFC 5322 section 3.2.5).
bool is_phrase(View name, HeaderForm form) {
  const CharSet atom = form == HeaderForm::utf8 ? chars::kAtext + chars::kEightBit : chars::kAtext;
  while (!name.empty()) {
    const std::size_t count = run_of(name, atom);
    if (count == 0) return false;
    name.remove_prefix(count);
    if (name.empty()) return true;
    if (name.front() != ' ') return false;
    name.remove_prefix(1);
  }
  return false;
}

/// A display name or the name of a group. @returns whether encoded words came out, which specials may not touch
bool put_phrase(FieldLine& line, View name, HeaderForm form) {
  const bool encode =
      (form == HeaderForm::ascii && !codec::is_ascii(name)) || name.contains("=?") || name.size() > kLongWord / 2;
  if (encode) {
    line.encoded(" ", name);
  } else if (!is_phrase(name, form)) {
    line.put(" ", quoted_string(name), 1);
  } else {
    while (!name.empty()) {
      const View word = name.substr(0, name.find(' '));
      line.put(" ", word, 1);
      name.remove_prefix(std::min(name.size(), word.size() + 1));
    }
  }
  return encode;
}

/// The domain as the form has it; nullopt where it is none.
std::optional<std::string> domain_text(View domain, HeaderForm form) {
  if (domain.starts_with('[') && domain.ends_with(']') && domain.size() > 2) {
    if (!is_made_of(domain.substr(1, domain.size() - 2), kLiteralText)) return std::nullopt;
    return own(domain);
  }
  const auto ascii = mail::ascii_domain(domain);
  if (!ascii) return std::nullopt;
  if (codec::is_ascii(domain)) return own(domain);  // as it was typed
  return form == HeaderForm::ascii ? *ascii : mail::unicode_domain(domain).value_or(*ascii);
}

bool has_long_line(View field) {
  while (!field.empty()) {
    const std::size_t end = std::min(field.find("\r\n"), field.size());
    if (end > kLongestLine) return true;
    field.remove_prefix(std::min(end + 2, field.size()));
  }
  return false;
}
}  // namespace

void HeaderWriter::refuse(Code code, View name, View why) {
  constexpr std::size_t kLongestNote = 200;
  if (error_) return;
  std::string note = (own(name) + ": " + own(why)).substr(0, kLongestNote);
  std::ranges::replace_if(note, [](char c) { return !chars::kVisible[c] && c != ' '; }, '?');
  error_ = caller_error(code, note);
}

/// The field that began at `begin` is written.
void HeaderWriter::ended(View name, std::size_t begin) {
  if (has_long_line(View(out_).substr(begin))) refuse(Code::too_long, name, "a line that cannot be folded");
}

/// Whether a field of this name may be written; nothing may after a failure.
bool HeaderWriter::begins(View name) {
  if (error_) return false;
  const bool fits = !name.empty() && name.size() <= kMaxName && is_made_of(name, chars::kVisible - CharSet(":")) &&
                    !name.starts_with("--");  // which may be a delimiter
  if (!fits) refuse(Code::syntax, name, "no field name");
  return fits;
}

/// Whether this text may stand in a field.
bool HeaderWriter::takes(View name, View text) {
  if (!codec::is_utf8(text)) {
    refuse(Code::syntax, name, "the text is not UTF-8");
  } else if (!is_made_of(text, ~chars::kCtl + CharSet("\t"))) {
    refuse(Code::syntax, name, "a line end or control character in the text");
  }
  return !error_;
}

HeaderWriter& HeaderWriter::text(View name, View text) { return words(name, text, true); }

HeaderWriter& HeaderWriter::structured(View name, View body) {
  if (form_ == HeaderForm::ascii && !codec::is_ascii(body)) refuse(Code::syntax, name, "text that is not ASCII");
  return words(name, body, false);
}

HeaderWriter& HeaderWriter::words(View name, View text, bool may_encode) {
  if (!begins(name) || !takes(name, text)) return *this;
  const std::size_t begin = out_.size();
  FieldLine line(out_, name);
  bool first = true;
  for (View rest = text; !rest.empty(); first = false) {
    Word word = take_word(rest, first);
    if (first) word.gap = " ";
    if (!may_encode || !needs_encoding(word, form_)) {
      line.put(word.gap, word.text);
      continue;
    }
    // One run as long as words need it: white space between encoded words is lost, so it goes into them.
    const View gap = word.gap.size() > kLongGap ? word.gap.substr(0, 1) : word.gap;
    const char* const from = word.gap.size() > kLongGap ? word.gap.data() + 1 : word.text.data();
    const char* to = word.text.data() + word.text.size();
    while (!rest.empty()) {
      View after = rest;
      const Word next = take_word(after, false);
      if (!needs_encoding(next, form_)) break;
      to = next.text.data() + next.text.size();
      rest = after;
    }
    line.encoded(gap, View(from, static_cast<std::size_t>(to - from)));
  }
  line.end();
  ended(name, begin);
  return *this;
}

/// local-part "@" domain as the form has it; empty after a failure.
std::string HeaderWriter::address(View name, const mail::Address& address) {
  const bool plain = codec::is_ascii(address.local_part);
  if (!takes(name, address.local_part) || !takes(name, address.name)) return {};
  if (form_ == HeaderForm::ascii && !plain) {
    refuse(Code::unsupported, name, "the address " + address.local_part + "@" + address.domain + " needs UTF-8");
    return {};
  }
  const auto domain = domain_text(address.domain, form_);
  if (!domain || address.local_part.empty()) {
    refuse(Code::syntax, name, "no address: " + address.local_part + "@" + address.domain);
    return {};
  }
  return mail::Mailbox{address.local_part, *domain}.text();
}

HeaderWriter& HeaderWriter::addresses(View name, std::span<const mail::Address> list) {
  if (list.empty() || !begins(name)) return *this;
  const std::size_t begin = out_.size();
  FieldLine line(out_, name);
  bool in_group = false;
  bool comma = false;  // before the next entry
  for (const mail::Address& entry : list) {
    if (in_group && entry.kind != mail::Address::Kind::mailbox) {
      line.glue(";");
      in_group = false;
      comma = true;
    }
    if (entry.kind == mail::Address::Kind::group_end) continue;
    if (comma) line.glue(",");
    if (entry.kind == mail::Address::Kind::group_begin) {
      if (!takes(name, entry.name)) return *this;
      if (put_phrase(line, entry.name, form_)) {
        line.put(" ", ":");
      } else {
        line.glue(":");
      }
      in_group = true;
      comma = false;
      continue;
    }
    const std::string text = address(name, entry);
    if (error_) return *this;
    const std::size_t behind = in_group ? 2 : 1;  // a semicolon and a comma
    if (entry.name.empty()) {
      line.put(" ", text, behind);
    } else {
      const std::size_t phrase = is_phrase(entry.name, form_) ? entry.name.size() : quoted_string(entry.name).size();
      line.keep_together(phrase + text.size() + 3 + behind);  // a space and brackets
      put_phrase(line, entry.name, form_);
      line.put(" ", "<" + text + ">", behind);
    }
    comma = true;
  }
  if (in_group) line.glue(";");
  line.end();
  ended(name, begin);
  return *this;
}

HeaderWriter& HeaderWriter::date(View name, WallTime when, std::chrono::minutes zone) {
  const bool fits = mail::can_format_date(when, zone);
  if (!fits) refuse(Code::syntax, name, "a date that cannot be written");
  return fits ? raw(name, mail::format_date(when, zone)) : *this;
}

HeaderWriter& HeaderWriter::message_ids(View name, std::span<const std::string> ids) {
  if (ids.empty() || !begins(name)) return *this;
  const std::size_t begin = out_.size();
  FieldLine line(out_, name);
  for (const std::string& id : ids) {
    if (!takes(name, id)) return *this;
    if (id.empty() || !is_made_of(id, kIdText)) refuse(Code::syntax, name, "no message id: " + id);
    if (form_ == HeaderForm::ascii && !codec::is_ascii(id)) refuse(Code::unsupported, name, "an id that needs UTF-8");
    line.put(" ", "<" + id + ">");
  }
  line.end();
  ended(name, begin);
  return *this;
}

HeaderWriter& HeaderWriter::value(View name, View value, std::span<const Parameter> parameters) {
  if (!begins(name)) return *this;
  const View subtype = value.substr(std::min(value.size(), value.find('/') + 1));
  const View type = value.substr(0, value.find('/'));
  if (!is_token(type) || (value.contains('/') && !is_token(subtype))) {
    refuse(Code::syntax, name, "no value: " + own(value));
    return *this;
  }
  const std::size_t begin = out_.size();
  FieldLine line(out_, name);
  line.put(" ", value, 1);
  for (const Parameter& p : parameters) {
    if (!takes(name, p.value)) return *this;
    const auto same = [&](const Parameter& other) { return same_word(other.name, p.name); };
    if (std::ranges::count_if(parameters, same) > 1) {
      refuse(Code::syntax, name, "the parameter " + p.name + " twice");
      return *this;
    }
    if (!is_token(p.name) || p.name.contains('*') || p.name.size() > kMaxParameterName) {
      refuse(Code::syntax, name, "no parameter name: " + p.name);
      return *this;
    }
    if (p.value.size() > kMaxParameterValue) {
      refuse(Code::too_long, name, "the parameter " + p.name);
      return *this;
    }
    put_parameter(line, p, form_);
  }
  line.end();
  ended(name, begin);
  return *this;
}

HeaderWriter& HeaderWriter::raw(View name, View body) {
  if (!begins(name)) return *this;
  const bool fits = is_folded(body) && codec::is_utf8(body) && (form_ == HeaderForm::utf8 || codec::is_ascii(body));
  if (!fits) {
    refuse(Code::syntax, name, "the body of the field is not folded text");
    return *this;
  }
  const std::size_t begin = out_.size();
  out_.append(name).append(body.empty() || chars::kSpace[body.front()] ? ":" : ": ").append(body).append("\r\n");
  ended(name, begin);
  return *this;
}

Result<std::string> HeaderWriter::finish() {
  std::string out = std::exchange(out_, {});
  if (error_) return fail(*std::exchange(error_, std::nullopt));
  return out;
}

}  // namespace posthorn::mime
