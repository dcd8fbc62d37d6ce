#include "protocol/imap/url.h"

#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::imap {

namespace {

/// achar and what else bchar allows (RFC 5092 section 11); ";" and "?" are not among them.
constexpr CharSet kPathChar = chars::kAlnum + CharSet("-._~!$'()*+,&=:@/%");

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// 1*bchar with its "%XX" decoded; no NUL, CR or LF comes of it.
bool encoded(Cursor& c, std::string& out) {
  View raw;
  if (!c.run(kPathChar, raw)) return false;
  out.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      out += raw[i];
      continue;
    }
    const int high = i + 2 < raw.size() ? digit_of(raw[i + 1]) : -1;
    const int low = i + 2 < raw.size() ? digit_of(raw[i + 2]) : -1;
    if (high < 0 || low < 0) return c.fail(Code::syntax, "a percent sign without two digits");
    const char octet = static_cast<char>(high * 16 + low);
    if (octet == '\0' || octet == '\r' || octet == '\n') return c.fail(Code::syntax, "a control character");
    out += octet;
    i += 2;
  }
  return codec::is_utf8(out) || c.fail(Code::syntax, "not UTF-8");
}

bool nonzero(Cursor& c, std::uint32_t& out) {
  return c.number(out) && (out > 0 || c.fail(Code::syntax, "a number from 1 on"));
}

bool path(Cursor& c, MessageUrl& url) {
  if (!c.octet('/') || !encoded(c, url.mailbox)) return false;
  if (c.try_word(";UIDVALIDITY=")) {
    std::uint32_t value = 0;
    if (!(nonzero(c, value) && c.octet('/'))) return false;
    url.uid_validity = UidValidity(value);
  } else if (url.mailbox.ends_with('/')) {
    url.mailbox.pop_back();
  } else {
    return c.fail(Code::syntax, "a mailbox alone");
  }
  if (url.mailbox.empty()) return c.fail(Code::syntax, "no mailbox");
  if (same_word(url.mailbox, "INBOX")) url.mailbox = "INBOX";
  return true;
}

bool take_section(Cursor& c, MessageUrl& url, bool& more) {
  std::string text;
  if (!encoded(c, text)) return false;
  more = text.ends_with('/');
  if (more) text.pop_back();
  const std::string bracketed = '[' + text + ']';
  Cursor inner(bracketed);
  const bool good = !text.empty() && section(inner, url.section) && inner.at_end();
  return good || c.fail(Code::syntax, "a section");
}

bool take_partial(Cursor& c, MessageUrl& url) {
  if (!c.number(url.from)) return false;
  if (!c.try_octet('.')) return true;
  std::uint64_t count = 0;
  if (!c.number(count)) return false;
  url.count = count;
  return count > 0 || c.fail(Code::syntax, "a number from 1 on");
}

}  // namespace

Result<MessageUrl> parse_url(View text) {
  if (text.size() > kMaxUrl) return fail(peer_error(Code::too_long, "a URL"));
  Cursor c(text);
  MessageUrl url;
  std::uint32_t uid = 0;
  if (!(path(c, url) && c.word(";UID=") && nonzero(c, uid))) return c.finish(std::move(url));
  url.uid = Uid(uid);
  bool more = c.try_octet('/');
  if (more && c.try_word(";SECTION=")) {
    if (!take_section(c, url, more)) return c.finish(std::move(url));
  }
  if (more && c.word(";PARTIAL=")) take_partial(c, url);
  c.end();
  return c.finish(std::move(url));
}

}  // namespace posthorn::imap
