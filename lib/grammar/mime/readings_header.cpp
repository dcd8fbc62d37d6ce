// Headers that can be read in two ways: lines first, then fields.
#include <algorithm>
#include <bitset>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"

#include "grammar/mime/field_line.h"
#include "grammar/mime/reading_list.h"

namespace posthorn::mime {

namespace {
constexpr CharSet kWhite = " \t\r\n";

bool is_white(View text) {
  return std::ranges::all_of(text, [](char c) { return kWhite[c]; });
}

void line_ends(ReadingList& list, View header) {
  for (std::size_t cr = header.find('\r'); cr != View::npos; cr = header.find('\r', cr + 1)) {
    const View after = header.substr(cr + 1, 2);
    if (after.starts_with('\n')) continue;
    list.add(after == "\r\n" ? Ambiguity::odd_line_end : Ambiguity::bare_cr, header.substr(cr, 1));
  }
  if (!list.has_crlf()) return;
  for (std::size_t lf = header.find('\n'); lf != View::npos; lf = header.find('\n', lf + 1)) {
    if (lf == 0 || header[lf - 1] != '\r') list.add(Ambiguity::bare_lf, header.substr(lf, 1));
  }
}

/// @returns whether the header ends with its empty line
bool lines(ReadingList& list, View header) {
  bool in_field = false;
  for (bool first = true; !header.empty(); first = false) {
    const View line = header.substr(0, header.find('\n') + (header.find('\n') == View::npos ? 0 : 1));
    header.remove_prefix(line.size());
    if (is_empty_line(line)) return true;
    Field ignored;
    if (chars::kSpace[line.front()]) {
      if (!in_field) list.add(Ambiguity::leading_continuation, line);
      if (is_white(line)) list.add(Ambiguity::white_space_line, line);
      continue;
    }
    in_field = split_field(line, 0, ignored);
    if (!in_field && !(first && line.starts_with("From "))) list.add(Ambiguity::line_without_colon, line);
  }
  return false;
}

/// "=?" charset "?" encoding "?" text "?=" in quotes, or with white space in its text.
void encoded_words(ReadingList& list, View raw) {
  bool quoted = false;
  std::size_t counted = 0;  // quotes before it are known
  for (std::size_t at = raw.find("=?"); at != View::npos; at = raw.find("=?", at + 2)) {
    for (; counted < at; ++counted) {
      if (raw[counted] == '\\') {
        ++counted;
      } else if (raw[counted] == '"') {
        quoted = !quoted;
      }
    }
    constexpr std::size_t kLongest = 1000;
    const View rest = raw.substr(at, kLongest);
    const std::size_t charset = rest.find('?', 2);
    const std::size_t encoding = charset == View::npos ? charset : rest.find('?', charset + 1);
    const std::size_t end = encoding == View::npos ? encoding : rest.find("?=", encoding + 1);
    if (end == View::npos || encoding != charset + 2) continue;
    const View word = rest.substr(0, end + 2);
    if (quoted) list.add(Ambiguity::encoded_word_in_quotes, word);
    if (std::ranges::any_of(word, [](char c) { return kWhite[c]; })) list.add(Ambiguity::encoded_word_with_space, word);
  }
}
}  // namespace

void read_header(ReadingList& list, const Message& message, const Part& part) {
  const View header = message.header(part.id);
  line_ends(list, header);
  if (!lines(list, header)) list.add(Ambiguity::header_without_end, part.body, 0);
  std::bitset<kFields.size()> seen;
  bool has_type = false;
  bool has_version = false;
  FieldReader reader(header);
  for (Field field; reader.next(field);) {
    const View line(field.name.data(),
                    static_cast<std::size_t>(field.raw.data() + field.raw.size() - field.name.data()));
    if (const FieldRow* row = field_row(field.name); row != nullptr && row->once) {
      const auto i = static_cast<std::size_t>(row - kFields.data());
      if (seen[i]) list.add(Ambiguity::duplicate_field, line);
      seen.set(i);
    }
    has_type = has_type || same_word(field.name, "Content-Type");
    has_version = has_version || same_word(field.name, "MIME-Version");
    if (line[field.name.size()] != ':') {
      list.add(Ambiguity::space_before_colon, line.substr(0, line.find(':')));
    }
    if (!codec::is_utf8(field.raw)) list.add(Ambiguity::eight_bit_field, field.raw);
    encoded_words(list, field.raw);
    read_content_field(list, field);
  }
  for (std::size_t at = header.find('\0'); at != View::npos; at = header.find('\0', at + 1)) {
    list.add(Ambiguity::nul_octet, header.substr(at, 1));
  }
  const bool is_message = part.id == part.parent || message.part(part.parent).is_message();
  if (is_message && has_type && !has_version) list.add(Ambiguity::no_mime_version, part.header, 0);
}

}  // namespace posthorn::mime
