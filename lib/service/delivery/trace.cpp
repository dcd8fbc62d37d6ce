#include "service/delivery/trace.h"

#include <array>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/mail/date.h"

namespace posthorn::delivery {
namespace {

constexpr std::size_t kMaxDomainText = 255;
constexpr std::size_t kMaxAddressText = 512;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_eight_bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// Keeps the octets that `good` allows; those above 0x7F when the whole is UTF-8.
template <class Good>
std::string filtered(View text, std::size_t limit, Good good) {
  const bool utf8 = codec::is_utf8(text);
  std::string result;
  for (const char c : text.substr(0, limit)) result.push_back((is_eight_bit(c) ? utf8 : good(c)) ? c : '?');
  if (utf8 && text.size() > limit) {  // the cut may have split a character
    while (!result.empty() && !codec::is_utf8(result)) result.pop_back();
  }
  return result;
}

/// A comment with the address of the peer as a literal (RFC 5321 section 4.1.3).
std::string peer_comment(View address) {
  if (address.empty()) return {};
  const bool v6 = address.find(':') != View::npos;
  return std::string(v6 ? " ([IPv6:" : " ([") + safe_domain(address) + "])";
}

std::string tls_comment(View tls) {
  if (tls.empty()) return {};
  const auto good = [](char c) { return is_alphanumeric(c) || View("_-. ").find(c) != View::npos; };
  return " (" + filtered(tls, kMaxDomainText, good) + ")";
}

}  // namespace

std::string new_id(Random& random) {
  std::array<std::byte, 10> octets{};
  random.fill(octets);
  std::string id;
  std::uint32_t bits = 0;
  int have = 0;
  for (const std::byte octet : octets) {
    bits = (bits << 8U) | std::to_integer<std::uint32_t>(octet);
    for (have += 8; have >= 5; have -= 5) {
      id.push_back("abcdefghijklmnopqrstuvwxyz234567"[(bits >> static_cast<unsigned>(have - 5)) & 31U]);
    }
  }
  return id;
}

std::string safe_domain(View said) {
  const auto good = [](char c) { return is_alphanumeric(c) || View(".-_:[]").find(c) != View::npos; };
  std::string domain = filtered(said, kMaxDomainText, good);
  return domain.empty() ? "unknown" : domain;
}

std::string safe_address(View address) {
  return filtered(address, kMaxAddressText, [](char c) { return !is_control(c); });
}

std::string return_path(View sender) { return "Return-Path: <" + safe_address(sender) + ">\r\n"; }

std::string delivered_to(View address) { return "Delivered-To: " + safe_address(address) + "\r\n"; }

std::string received(const Envelope& envelope, View host_name, View id, WallTime now) {
  const Origin& origin = envelope.origin;
  std::string field = "Received: from " + safe_domain(origin.helo) + peer_comment(origin.address) + "\r\n\tby " +
                      safe_domain(host_name);
  if (!origin.protocol.empty()) field += " with " + safe_domain(origin.protocol);
  field += tls_comment(origin.tls) + "\r\n\tid " + own(id);
  if (envelope.recipients.size() == 1) field += "\r\n\tfor <" + safe_address(envelope.recipients.front().address) + ">";
  return field + ";\r\n\t" + mail::format_date(now) + "\r\n";
}

}  // namespace posthorn::delivery
