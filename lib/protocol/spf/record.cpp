#include "posthorn/protocol/spf/record.h"

#include <algorithm>
#include <array>
#include <optional>

#include "posthorn/grammar/char_set.h"

#include "grammar/lower_case.h"
#include "grammar/mail/ip_text.h"
#include "protocol/spf/macro.h"

namespace posthorn::spf {

namespace {

constexpr View kVersion = "v=spf1";
constexpr auto kName = lower_case_of(chars::kAlnum + CharSet("-_."));

/// The last eight octets of a name, in lower case: names of seven or less are theirs alone.
using NameKey = std::uint64_t;
constexpr NameKey longer(NameKey key, char c) { return key << 8U | static_cast<unsigned char>(c); }
constexpr NameKey key_of(View name) {
  NameKey key = 0;
  for (const char c : name) key = longer(key, c);
  return key;
}

bool take(View& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

/// Takes what stands before the next space.
View take_word(View& rest) {
  const View word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

/// Takes decimal digits without leading zeros, at most `most`.
inline bool take_bits(View& rest, unsigned most, std::uint8_t& bits) {
  unsigned value = 0;
  std::size_t digits = 0;
  for (; digits < rest.size() && value <= most && mail::digit_of(rest[digits]) < 10; ++digits)
    value = value * 10 + mail::digit_of(rest[digits]);
  if (digits == 0 || value > most || (digits > 1 && rest.front() == '0')) return false;
  bits = static_cast<std::uint8_t>(value);
  rest.remove_prefix(digits);
  return true;
}

/// Cuts "/" and digits, with one more "/" before them for IPv6, off the end; no "/" there is none.
bool cut_bits(View& text, View slash, unsigned most, std::uint8_t& bits) {
  std::size_t digits = text.size();
  while (digits > 0 && chars::kDigit[text[digits - 1]]) --digits;
  const View before = text.substr(0, digits);
  if (!before.ends_with(slash) || digits == text.size()) return true;
  if (slash.size() == 1 && before.ends_with("//")) return true;
  View number = text.substr(digits);
  text = before.substr(0, before.size() - slash.size());
  return take_bits(number, most, bits) && number.empty();
}

/// [":" domain-spec]
bool read_domain(View text, Directive& out) {
  if (text.empty()) return true;
  out.domain = text.substr(1);
  return text.front() == ':' && is_domain_spec(out.domain);
}

/// [":" domain-spec] [dual-cidr-length] (RFC 7208 section 5.3)
bool read_domain_and_bits(View text, Directive& out) {
  return cut_bits(text, "//", 128, out.bits6) && cut_bits(text, "/", 32, out.bits4) && read_domain(text, out);
}

/// The network of an ip6 that is written with an IPv4 address: IpAddress takes such a one for IPv4.
void mapped_network(Directive& out, const IpAddress& address, unsigned bits) {
  out.matches_nothing = bits >= 96;
  std::array<std::uint8_t, 16> octets{};
  octets[10] = octets[11] = 0xFF;
  std::ranges::copy(address.octets(), octets.begin() + 12);
  for (unsigned bit = std::min(bits, 95U); bit < 128; ++bit) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] & ~(0x80U >> bit % 8));
  }
  out.network = {IpAddress(octets), bits};
}

/// ":" address ["/" digits] (RFC 7208 section 5.6).
bool take_network4(View& rest, Directive& out) {
  if (!take(rest, ':')) return false;
  const auto octets = mail::take_ipv4(rest, false);
  if (!octets) return false;
  std::uint8_t bits = 32;
  if (take(rest, '/') && !take_bits(rest, 32, bits)) return false;
  out.network = {IpAddress(*octets).masked(bits), bits};
  return true;
}
bool take_network6(View& rest, Directive& out) {
  if (!take(rest, ':')) return false;
  const auto octets = mail::take_ipv6(rest);
  if (!octets) return false;
  std::uint8_t bits = 128;
  if (take(rest, '/') && !take_bits(rest, 128, bits)) return false;
  const IpAddress address(*octets);
  if (address.is_v4()) {
    mapped_network(out, address, bits);
  } else {
    out.network = {address.masked(bits), bits};
  }
  return true;
}

/// Takes what may follow the name of a mechanism.
bool take_mechanism(NameKey name, View& rest, Directive& out) {
  switch (name) {
    case key_of("all"): out.kind = Kind::all; return true;
    case key_of("include"): out.kind = Kind::include; return read_domain(take_word(rest), out) && !out.domain.empty();
    case key_of("a"): out.kind = Kind::a; return read_domain_and_bits(take_word(rest), out);
    case key_of("mx"): out.kind = Kind::mx; return read_domain_and_bits(take_word(rest), out);
    case key_of("ptr"): out.kind = Kind::ptr; return read_domain(take_word(rest), out);
    case key_of("ip4"): out.kind = Kind::ip4; return take_network4(rest, out);
    case key_of("ip6"): out.kind = Kind::ip6; return take_network6(rest, out);
    case key_of("exists"): out.kind = Kind::exists; return read_domain(take_word(rest), out) && !out.domain.empty();
    default: return false;
  }
}

std::optional<Status> status_of(char qualifier) {
  switch (qualifier) {
    case '+': return Status::pass;
    case '-': return Status::fail;
    case '~': return Status::softfail;
    case '?': return Status::neutral;
    default: return std::nullopt;
  }
}

/// RFC 7208 section 6: redirect and exp stand once at most; others are passed over.
bool read_modifier(View name, View value, Record& out) {
  View* known = nullptr;
  if (same_word(name, "redirect")) known = &out.redirect;
  if (same_word(name, "exp")) known = &out.exp;
  if (known == nullptr) return is_macro_string(value, Place::target);
  if (!known->empty() || !is_domain_spec(value)) return false;
  *known = value;
  return true;
}

/// What a note has of a term: it comes from a stranger.
std::string shown(View term) {
  constexpr std::size_t kMost = 60;
  std::string out = own(term.substr(0, kMost));
  std::ranges::replace_if(out, [](char c) { return !chars::kVisible[c]; }, '?');
  return out + (term.size() > kMost ? "..." : "");
}

/// Takes a term, which ends with a space or the record.
bool take_term(View& rest, Record& out) {
  const char* const from = rest.data();
  const auto status = status_of(rest.front());
  if (status) rest.remove_prefix(1);
  NameKey key = 0;
  std::size_t length = 0;
  for (const char c : rest) {
    const char lower = kName[static_cast<unsigned char>(c)];
    if (lower == '\0') break;
    key = longer(key, lower);
    ++length;
  }
  rest.remove_prefix(length);
  if (!status && take(rest, '='))
    return chars::kAlpha[*from] && read_modifier(View(from, length), take_word(rest), out);
  Directive& directive = out.directives.emplace_back();
  directive.status = status.value_or(Status::pass);
  if (!take_mechanism(key, rest, directive)) return false;
  directive.text = View(from, rest.data());
  return rest.empty() || rest.front() == ' ';
}

}  // namespace

bool is_record(View text) {
  return same_word(text.substr(0, kVersion.size()), kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

Result<void> read_record(View text, const Limits& limits, Record& record) {
  record.directives.clear();
  record.redirect = {};
  record.exp = {};
  if (!is_record(text)) return fail(peer_error(Code::syntax, "it does not begin with v=spf1"));
  if (text.size() > limits.record_octets) return fail(peer_error(Code::too_long, "the record is too long"));
  constexpr std::size_t kUsual = 12;  // directives that most records have at most
  if (record.directives.capacity() == 0) record.directives.reserve(kUsual);
  for (View rest = text.substr(kVersion.size()); !rest.empty();) {
    if (take(rest, ' ')) continue;
    const std::size_t at = text.size() - rest.size();
    if (take_term(rest, record)) continue;
    const View term = text.substr(at, text.find(' ', at) - at);
    return fail(peer_error(Code::syntax, "the term \"" + shown(term) + "\" is wrong", static_cast<std::uint32_t>(at)));
  }
  return {};
}

Result<Record> parse_record(View text, const Limits& limits) {
  Record record;
  if (auto read = read_record(text, limits, record); !read) return fail(std::move(read.error()));
  return record;
}

}  // namespace posthorn::spf
