// SMTP paths: strict, RFC 5321 section 4.1.2 and RFC 6531 section 3.3.
#include <array>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::mail {

namespace {
constexpr CharSet kDotString = chars::kAtext + CharSet(".");
constexpr CharSet kLetDig = chars::kAlnum + chars::kEightBit;
constexpr CharSet kQuotedText = CharSet::range(0x20, 0x7E) + chars::kEightBit - CharSet("\"\\");
constexpr CharSet kLiteralText = chars::kVisible - CharSet("[\\]");

bool is_dot_string(View text) {
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != View::npos) return false;
  for (char c : text) {
    if (!kDotString[c] && !chars::kEightBit[c]) return false;
  }
  return true;
}

/// Quoted-string: octets 32 to 126, and UTF-8 where it is allowed.
bool quoted_string(Cursor& c, std::string& out) {
  if (!c.octet('"')) return false;
  for (;;) {
    out += c.try_run(kQuotedText);
    if (c.try_octet('"')) return true;
    View escaped;
    if (!c.octet('\\') || !c.octets(1, escaped)) return false;
    if (escaped[0] < 0x20 || escaped[0] == 0x7F) return c.fail(Code::syntax, "escaped octet");
    out += escaped;
  }
}

bool local_part(Cursor& c, std::string& out) {
  if (c.peek() == '"') return quoted_string(c, out);
  View text;
  if (!c.run(kDotString + chars::kEightBit, text)) return false;
  if (!is_dot_string(text)) return c.fail(Code::syntax, "dots in local part");
  out = text;
  return true;
}

/// Domain = sub-domain *("." sub-domain), labels of at most 63 octets (RFC 1035 section 2.3.4).
bool domain_name(Cursor& c, std::string& out) {
  constexpr std::size_t kMaxLabel = 63;
  constexpr CharSet kLabel = kLetDig + CharSet("-");
  do {
    View label;
    if (!c.run(kLabel, label)) return false;
    if (label.front() == '-' || label.back() == '-') return c.fail(Code::syntax, "hyphen at the edge of a label");
    if (label.size() > kMaxLabel) return c.fail(Code::too_long, "label");
    if (!out.empty()) out += '.';
    out += label;
  } while (c.try_octet('.'));
  return true;
}

/// address-literal: what is inside the brackets is read by whoever resolves it.
bool address_literal(Cursor& c, std::string& out) {
  View text;
  if (!c.octet('[') || !c.run(kLiteralText, text) || !c.octet(']')) return false;
  out.append("[").append(text).append("]");
  return true;
}

bool domain(Cursor& c, std::string& out) { return c.peek() == '[' ? address_literal(c, out) : domain_name(c, out); }

bool check(Cursor& c, const Mailbox& m, bool utf8, std::size_t max_local) {
  if (m.local_part.size() > max_local) return c.fail(Code::too_long, "local part");
  if (m.domain.size() > kMaxDomain) return c.fail(Code::too_long, "domain");
  if (codec::is_ascii(m.local_part) && codec::is_ascii(m.domain)) return true;
  if (!utf8 || !codec::is_utf8(m.local_part) || !codec::is_utf8(m.domain)) return c.fail(Code::syntax, "UTF-8");
  return true;
}

bool mailbox(Cursor& c, bool utf8, std::size_t max_local, Mailbox& out) {
  out = {};
  return local_part(c, out.local_part) && c.octet('@') && domain(c, out.domain) && check(c, out, utf8, max_local);
}

/// A-d-l ":" with A-d-l = At-domain *( "," At-domain )
bool source_route(Cursor& c) {
  do {
    std::string ignored;
    if (!c.octet('@') || !domain(c, ignored)) return false;
  } while (c.try_octet(','));
  return c.octet(':');
}

bool path(Cursor& c, bool utf8, std::size_t max_local, Mailbox& out) {
  const std::uint32_t from = c.offset();
  if (!c.octet('<')) return false;
  if (c.peek() == '@' && !source_route(c)) return false;
  if (!mailbox(c, utf8, max_local, out) || !c.octet('>')) return false;
  return c.offset() - from <= kMaxPath || c.fail(Code::too_long, "path");
}
}  // namespace

std::string Mailbox::text() const {
  std::string out;
  out.reserve(local_part.size() + domain.size() + 3);
  if (is_dot_string(local_part) || is_null()) {
    out = local_part;
  } else {
    out = '"';
    for (char c : local_part) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  if (!domain.empty()) out.append("@").append(domain);
  return out;
}

bool forward_path(Cursor& c, bool utf8, Mailbox& out) {
  if (c.try_word("<postmaster>")) {  // section 4.1.1.3
    out = {"postmaster", ""};
    return true;
  }
  return path(c, utf8, kMaxLocalPart, out);
}

bool reverse_path(Cursor& c, bool utf8, Mailbox& out) {
  if (c.try_word("<>")) {
    out = {};
    return true;
  }
  // Bounce addresses that carry the recipient are often longer than 64 octets: only the path's limit counts here.
  return path(c, utf8, kMaxPath, out);
}

Result<Mailbox> parse_mailbox(View text, bool utf8) {
  Cursor c(text);
  Mailbox out;
  (void)(mailbox(c, utf8, kMaxLocalPart, out) && c.end());
  return c.finish(std::move(out));
}

}  // namespace posthorn::mail
