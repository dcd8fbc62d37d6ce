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

/// What may follow the name of a mechanism.
enum class Argument : std::uint8_t { none, domain, domain_or_none, domain_and_bits, network4, network6 };
/// The last eight octets of a name, in lower case: names of seven or less are theirs alone.
using NameKey = std::uint64_t;
constexpr NameKey longer(NameKey key, char c) { return key << 8U | static_cast<unsigned char>(c); }
struct KindRow {
  constexpr KindRow(View text, Kind k, Argument a) : kind(k), argument(a) {
    for (const char c : text) name = longer(name, c);
  }
  NameKey name = 0;
  Kind kind;
  Argument argument;
};
/// The most frequent ones come first.
constexpr std::array<KindRow, 8> kKinds = {{{"ip4", Kind::ip4, Argument::network4},
                                            {"include", Kind::include, Argument::domain},
                                            {"ip6", Kind::ip6, Argument::network6},
                                            {"all", Kind::all, Argument::none},
                                            {"a", Kind::a, Argument::domain_and_bits},
                                            {"mx", Kind::mx, Argument::domain_and_bits},
                                            {"exists", Kind::exists, Argument::domain},
                                            {"ptr", Kind::ptr, Argument::domain_or_none}}};

/// Decimal digits without leading zeros, at most `most`.
bool read_bits(View text, unsigned most, std::uint8_t& bits) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (!chars::kDigit[c]) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  bits = static_cast<std::uint8_t>(value);
  return value <= most;
}

/// Takes "/" and digits, with one more "/" before them for IPv6, off the end; no "/" there is none.
bool take_bits(View& text, View slash, unsigned most, std::uint8_t& bits) {
  std::size_t digits = text.size();
  while (digits > 0 && chars::kDigit[text[digits - 1]]) --digits;
  const View before = text.substr(0, digits);
  if (!before.ends_with(slash) || digits == text.size()) return true;
  if (slash.size() == 1 && before.ends_with("//")) return true;
  if (!read_bits(text.substr(digits), most, bits)) return false;
  text = before.substr(0, before.size() - slash.size());
  return true;
}

/// [":" domain-spec] with or without [dual-cidr-length] (RFC 7208 section 5.3).
bool read_domain(View rest, Argument argument, Directive& out) {
  if (argument == Argument::domain_and_bits) {
    if (!take_bits(rest, "//", 128, out.bits6) || !take_bits(rest, "/", 32, out.bits4)) return false;
  }
  if (rest.empty()) return argument != Argument::domain;
  if (rest.front() != ':') return false;
  out.domain = rest.substr(1);
  return is_domain_spec(out.domain);
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

/// Whether a text of these octets has no needless zeros: qnum of RFC 7208 section 5.6.
bool is_shortest(View text, const std::array<std::uint8_t, 4>& octets) {
  std::size_t length = 3;  // the dots
  for (const std::uint8_t octet : octets) length += octet > 99 ? 3U : octet > 9 ? 2U : 1U;
  return text.size() == length;
}

/// ":" address ["/" digits] (RFC 7208 section 5.6).
bool read_network(View rest, bool v6, Directive& out) {
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  const unsigned most = v6 ? 128 : 32;
  auto bits = static_cast<std::uint8_t>(most);
  const std::size_t slash = rest.find('/');
  if (slash != View::npos && !read_bits(rest.substr(slash + 1), most, bits)) return false;
  const View text = rest.substr(0, slash);
  if (!v6) {
    const auto octets = mail::ipv4_octets(text);
    if (!octets || !is_shortest(text, *octets)) return false;
    out.network = {IpAddress(*octets).masked(bits), bits};
    return true;
  }
  const auto octets = mail::ipv6_octets(text);
  if (!octets) return false;
  const IpAddress address(*octets);
  if (address.is_v4()) {
    mapped_network(out, address, bits);
  } else {
    out.network = {address.masked(bits), bits};
  }
  return true;
}

bool read_argument(View rest, Argument argument, Directive& out) {
  switch (argument) {
    case Argument::none: return rest.empty();
    case Argument::domain:
    case Argument::domain_or_none:
    case Argument::domain_and_bits: return read_domain(rest, argument, out);
    case Argument::network4: return read_network(rest, false, out);
    case Argument::network6: return read_network(rest, true, out);
  }
  return false;
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

/// @param rest  what follows the name of the mechanism
bool read_directive(View term, Status status, NameKey name, View rest, Record& out) {
  const auto row = std::ranges::find(kKinds, name, &KindRow::name);
  if (row == kKinds.end()) return false;
  Directive& directive = out.directives.emplace_back();
  directive.kind = row->kind;
  directive.status = status;
  directive.text = term;
  return read_argument(rest, row->argument, directive);
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

bool read_term(View term, Record& out) {
  const auto status = status_of(term.front());
  const View text = term.substr(status ? 1 : 0);
  NameKey key = 0;
  std::size_t length = 0;
  for (const char c : text) {
    const char lower = kName[static_cast<unsigned char>(c)];
    if (lower == '\0') break;
    key = longer(key, lower);
    ++length;
  }
  const View rest = text.substr(length);
  if (!status && rest.starts_with('=')) {
    return chars::kAlpha[term.front()] && read_modifier(text.substr(0, length), rest.substr(1), out);
  }
  return read_directive(term, status.value_or(Status::pass), key, rest, out);
}

}  // namespace

bool is_record(View text) {
  return same_word(text.substr(0, kVersion.size()), kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

Result<void> read_record(View text, const Limits& limits, Record& record) {
  record.directives.clear();
  record.redirect = record.exp = {};
  if (!is_record(text)) return fail(peer_error(Code::syntax, "it does not begin with v=spf1"));
  if (text.size() > limits.record_octets) return fail(peer_error(Code::too_long, "the record is too long"));
  constexpr std::size_t kUsual = 12;  // directives that most records have at most
  if (record.directives.capacity() == 0) record.directives.reserve(kUsual);
  for (std::size_t at = kVersion.size(); at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    const View term = text.substr(at, std::min(text.find(' ', at), text.size()) - at);
    if (!read_term(term, record)) {
      return fail(
          peer_error(Code::syntax, "the term \"" + shown(term) + "\" is wrong", static_cast<std::uint32_t>(at)));
    }
    at += term.size();
  }
  return {};
}

Result<Record> parse_record(View text, const Limits& limits) {
  Record record;
  if (auto read = read_record(text, limits, record); !read) return fail(std::move(read.error()));
  return record;
}

}  // namespace posthorn::spf
