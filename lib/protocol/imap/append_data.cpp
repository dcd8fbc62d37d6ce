#include "protocol/imap/append_data.h"

#include <utility>

#include "posthorn/grammar/frame/literal.h"

namespace posthorn::imap {

std::vector<AppendItem> AppendReader::take_items() { return std::exchange(items_, {}); }

bool AppendReader::read(Cursor& c) {
  announced_ = false;
  argument_.reset();
  while (c.ok() && !announced_ && !argument_) {
    switch (next_) {
      case Next::message:
        if (c.at_end() && some_) return true;
        message(c);
        break;
      case Next::part: part(c); break;
      case Next::after_part:
        if (c.try_octet(')')) {
          next_ = Next::message;
        } else if (c.sp()) {
          next_ = Next::part;
        }
        break;
      case Next::closing:
        c.octet(')');
        next_ = Next::message;
        break;
    }
  }
  return c.ok();
}

Result<void> AppendReader::read_line(View line) {
  pending_ += line;
  const std::string text = std::exchange(pending_, {});
  Cursor c(text);
  if (!read(c)) return fail(c.error());
  if (argument_) {
    pending_ = own(c.rest()) + "\r\n";
  } else {
    c.end();
  }
  const bool good = c.ok() && (argument_ || announced_ || whole());
  if (!good) return fail(peer_error(Code::syntax, "the data of APPEND"));
  return {};
}

/// SP [flag-list SP] [date-time SP] (literal / literal8 / "UTF8 (" literal8 ")" / "CATENATE (" cat-part ... ")")
bool AppendReader::message(Cursor& c) {
  if (!c.sp()) return false;
  if (left_ == 0) return c.fail(Code::too_many, "messages");
  --left_;
  some_ = true;
  AppendItem begun;
  if (c.peek() == '(' && !(flag_list(c, begun.flags) && c.sp())) return false;
  if (c.peek() == '"') {
    begun.date.emplace();
    if (!(date_time(c, *begun.date) && c.sp())) return false;
  }
  items_.push_back(std::move(begun));
  if (c.try_word("CATENATE ")) {
    next_ = Next::part;
    return c.octet('(');
  }
  AppendItem literal{.kind = AppendItem::Kind::literal, .flags = {}, .date = {}, .whole = true, .url = {}};
  literal.utf8 = c.try_word("UTF8 ");
  if (!literal.utf8) return data(c, std::move(literal));
  next_ = Next::closing;
  if (!c.octet('(')) return false;
  return c.peek() == '~' ? data(c, std::move(literal)) : c.fail(Code::syntax, "a literal8");
}

/// "TEXT " (literal / literal8) / "URL " astring
bool AppendReader::part(Cursor& c) {
  next_ = Next::after_part;
  if (c.try_word("TEXT ")) {
    return data(c, {.kind = AppendItem::Kind::literal, .flags = {}, .date = {}, .url = {}});
  }
  return url(c);
}

bool AppendReader::url(Cursor& c) {
  const std::uint32_t start = c.offset();
  if (!c.word("URL ")) return false;
  const auto mark = frame::literal_at_end(c.rest());
  if (mark && mark->at == 0 && !mark->binary) {
    argument_ = mark->octets;
    next_ = Next::part;
    c.back_to(start);
    return true;
  }
  AppendItem item{.kind = AppendItem::Kind::url, .flags = {}, .date = {}, .url = {}};
  if (!astring(c, item.url)) return false;
  items_.push_back(std::move(item));
  return true;
}

bool AppendReader::data(Cursor& c, AppendItem item) {
  item.binary = c.try_octet('~');
  if (!(c.octet('{') && c.number(item.octets))) return false;
  c.try_octet('+');
  if (!c.octet('}')) return false;
  announced_ = c.at_end();
  item.here = !announced_;
  View octets;
  if (item.here && !(c.octet('\r') && c.octet('\n') && c.octets(item.octets, octets))) return false;
  items_.push_back(std::move(item));
  return true;
}

}  // namespace posthorn::imap
