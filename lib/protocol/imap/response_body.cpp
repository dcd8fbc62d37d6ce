// ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2).
#include <memory>
#include <utility>

#include "protocol/imap/response_reader.h"

namespace posthorn::imap::response {

namespace {

bool address(Reader& r, Address& out) {
  return r.octet('(') && r.nstring(out.name) && r.sp() && r.nstring(out.route) && r.sp() && r.nstring(out.mailbox) &&
         r.sp() && r.nstring(out.host) && r.spaces() && r.octet(')');
}

bool addresses(Reader& r, std::vector<Address>& out) {
  if (!r.try_octet('(')) return r.cursor().word("NIL");
  while (!r.try_close()) {
    if (out.size() == kMaxAddresses) return r.fail(posthorn::Code::too_many, "addresses");
    if (!address(r, out.emplace_back())) return false;
  }
  return r.ok();
}

bool parameters(Reader& r, Parameters& out) {
  if (!r.try_octet('(')) return r.cursor().word("NIL");
  while (!r.try_close()) {
    auto& [name, value] = out.emplace_back();
    if (!(r.string(name) && r.sp() && r.string_or_nil(value))) return false;
  }
  return r.ok();
}

bool disposition(Reader& r, std::optional<Disposition>& out) {
  if (!r.try_octet('(')) return r.cursor().word("NIL");
  out.emplace();
  if (!r.string_or_nil(out->type)) return false;
  // Some servers leave the parameters out.
  if (r.try_close()) return true;
  return parameters(r, out->parameters) && r.spaces() && r.octet(')');
}

bool languages(Reader& r, std::vector<std::string>& out) {
  if (r.peek() == '(') return r.astrings(out);
  std::optional<std::string> one;
  if (!r.nstring(one)) return false;
  if (one) out.push_back(std::move(*one));
  return true;
}

/// body-ext-1part behind the MD5, body-ext-mpart behind the parameters; what comes later is skipped.
bool extensions(Reader& r, Body& out) {
  if (r.try_close()) return true;
  if (!disposition(r, out.disposition)) return false;
  if (r.try_close()) return true;
  if (!languages(r, out.languages)) return false;
  if (r.try_close()) return true;
  if (!r.nstring(out.location)) return false;
  while (!r.try_close()) {
    View later;
    if (!r.value(later)) return false;
  }
  return r.ok();
}

bool body(Reader& r, Body& out, int depth, std::size_t& parts);

bool multipart(Reader& r, Body& out, int depth, std::size_t& parts) {
  out.type = "multipart";
  while (r.peek() == '(') {
    if (++parts > kMaxParts) return r.fail(posthorn::Code::too_many, "parts");
    if (!body(r, out.parts.emplace_back(), depth + 1, parts)) return false;
    r.spaces();
  }
  if (!r.string_or_nil(out.subtype)) return false;
  if (r.try_close()) return true;
  return parameters(r, out.parameters) && extensions(r, out);
}

bool is_message(const Body& out) {
  return same_word(out.type, "MESSAGE") && (same_word(out.subtype, "RFC822") || same_word(out.subtype, "GLOBAL"));
}

// A server that could not parse the attached message leaves its envelope and body out, although no RFC lets it.
bool attached(Reader& r, Body& out, int depth, std::size_t& parts) {
  Reader ahead = r;
  auto envelope = std::make_unique<Envelope>();
  if (!(ahead.spaces() && read_envelope(ahead, *envelope) && ahead.sp())) return true;
  r = ahead;
  out.envelope = std::move(envelope);
  return body(r, out.parts.emplace_back(), depth + 1, parts) && r.sp() && r.number(out.lines);
}

bool single(Reader& r, Body& out, int depth, std::size_t& parts) {
  if (!(r.string_or_nil(out.type) && r.sp() && r.string_or_nil(out.subtype) && r.sp() &&
        parameters(r, out.parameters) && r.sp() && r.nstring(out.id) && r.sp() && r.nstring(out.description) &&
        r.sp() && r.string_or_nil(out.encoding) && r.sp()))
    return false;
  if (!r.try_word("NIL") && !r.number(out.octets)) return false;
  if (is_message(out) && !attached(r, out, depth, parts)) return false;
  r.spaces();
  if (!out.lines && chars::kDigit[r.peek()] && !r.number(out.lines)) return false;
  if (r.try_close()) return true;
  if (!r.nstring(out.md5)) return false;
  r.spaces();
  return extensions(r, out);
}

bool body(Reader& r, Body& out, int depth, std::size_t& parts) {
  if (depth > kMaxDepth) return r.fail(posthorn::Code::too_long, "nesting of a body");
  if (!r.octet('(')) return false;
  return r.peek() == '(' ? multipart(r, out, depth, parts) : single(r, out, depth, parts);
}

}  // namespace

bool read_envelope(Reader& r, Envelope& out) {
  if (!(r.octet('(') && r.nstring(out.date) && r.sp() && r.nstring(out.subject))) return false;
  for (auto* field : {&out.from, &out.sender, &out.reply_to, &out.to, &out.cc, &out.bcc}) {
    if (!(r.sp() && addresses(r, *field))) return false;
  }
  return r.sp() && r.nstring(out.in_reply_to) && r.sp() && r.nstring(out.message_id) && r.spaces() && r.octet(')');
}

bool read_body(Reader& r, Body& out) {
  std::size_t parts = 0;
  return body(r, out, 0, parts);
}

}  // namespace posthorn::imap::response
