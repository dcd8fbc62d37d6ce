#include "posthorn/protocol/spf/record.h"

#include <algorithm>
#include <array>
#include <optional>

#include "posthorn/grammar/cursor.h"

#include "protocol/spf/macro.h"

namespace posthorn::spf {

namespace {

constexpr View kVersion = "v=spf1";
constexpr CharSet kName = chars::kAlnum + CharSet("-_.");

/// What may follow the name of a mechanism.
enum class Argument : std::uint8_t { none, domain, domain_or_none, domain_and_bits, network4, network6 };
struct KindRow {
  View name;
  Kind kind;
  Argument argument;
};
constexpr std::array<KindRow, 8> kKinds = {{{"all", Kind::all, Argument::none},
                                            {"include", Kind::include, Argument::domain},
                                            {"a", Kind::a, Argument::domain_and_bits},
                                            {"mx", Kind::mx, Argument::domain_and_bits},
                                            {"ptr", Kind::ptr, Argument::domain_or_none},
                                            {"ip4", Kind::ip4, Argument::network4},
                                            {"ip6", Kind::ip6, Argument::network6},
                                            {"exists", Kind::exists, Argument::domain}}};

/// Decimal digits without leading zeros, at most `most`.
bool read_bits(View text, unsigned most, std::uint8_t& bits) {
  if (text.size() > 1 && text.front() == '0') return false;
  Cursor c(text);
  std::uint32_t value = 0;
  if (!(c.number(value, most) && c.end())) return false;
  bits = static_cast<std::uint8_t>(value);
  return true;
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

/// Whether a number begins with a needless zero: qnum of RFC 7208 section 5.6 has none.
bool has_leading_zero(View address) {
  for (std::size_t at = 0; at + 1 < address.size(); at = address.find('.', at) + 1) {
    if (address[at] == '0' && chars::kDigit[address[at + 1]]) return true;
    if (address.find('.', at) == View::npos) break;
  }
  return false;
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
  const auto address = IpAddress::parse(text);
  if (!address || v6 != (text.find(':') != View::npos) || (!v6 && has_leading_zero(text))) return false;
  if (v6 && address->is_v4()) {
    mapped_network(out, *address, bits);
  } else {
    out.network = {address->masked(bits), bits};
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

bool read_directive(View term, Record& out) {
  View rest = term;
  Directive directive{.text = term};
  if (const auto status = status_of(term.front())) {
    directive.status = *status;
    rest.remove_prefix(1);
  }
  const auto end = std::ranges::find_if(rest, [](char c) { return !kName[c]; });
  const View name = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  const auto row = std::ranges::find_if(kKinds, [&](const KindRow& k) { return same_word(name, k.name); });
  if (row == kKinds.end()) return false;
  directive.kind = row->kind;
  if (!read_argument(rest.substr(name.size()), row->argument, directive)) return false;
  out.directives.push_back(directive);
  return true;
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
  const auto end = std::ranges::find_if(term, [](char c) { return !kName[c]; });
  const auto length = static_cast<std::size_t>(end - term.begin());
  if (end != term.end() && *end == '=') {
    return chars::kAlpha[term.front()] && read_modifier(term.substr(0, length), term.substr(length + 1), out);
  }
  return read_directive(term, out);
}

}  // namespace

bool is_record(View text) {
  return same_word(text.substr(0, kVersion.size()), kVersion) &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

Result<Record> parse_record(View text, const Limits& limits) {
  if (!is_record(text)) return fail(peer_error(Code::syntax, "it does not begin with v=spf1"));
  if (text.size() > limits.record_octets) return fail(peer_error(Code::too_long, "the record is too long"));
  Record record;
  constexpr std::ptrdiff_t kUsual = 16;  // directives that most records have at most
  record.directives.reserve(static_cast<std::size_t>(std::min(std::ranges::count(text, ' '), kUsual)));
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
  return record;
}

}  // namespace posthorn::spf
