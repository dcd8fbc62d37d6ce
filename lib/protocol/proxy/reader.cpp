#include "posthorn/protocol/proxy/reader.h"

#include <algorithm>
#include <string>

#include "posthorn/grammar/cursor.h"

namespace posthorn::proxy {

namespace {

constexpr View kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr View kWord = "PROXY";
constexpr std::size_t kFixed = 16;     // signature, version and command, family, length
constexpr std::size_t kShortest = 15;  // "PROXY UNKNOWN" and its line end
constexpr std::size_t kUnixAddresses = 216;
constexpr CharSet kAddress = chars::kHex + CharSet(".:");

Error broken(View note) { return peer_error(Code::syntax, note); }

std::size_t octet_at(View text, std::size_t at) { return static_cast<unsigned char>(text[at]); }
std::size_t word_at(View text, std::size_t at) { return octet_at(text, at) * 256 + octet_at(text, at + 1); }

bool is_binary(View begin) { return begin.substr(0, kSignature.size()) == kSignature.substr(0, begin.size()); }

// --- version 1 -------------------------------------------------------------------------------------------------------

bool take_address(Cursor& c, bool v6, IpAddress& out) {
  View text;
  if (!c.run(kAddress, text) || !c.sp()) return false;
  const auto address = IpAddress::parse(text);
  const bool fits = address && (text.find(':') != View::npos) == v6;
  if (!fits) return c.fail(Code::syntax);
  out = *address;
  return true;
}

/// Without zeros in front.
bool take_port(Cursor& c, std::uint16_t& out) {
  const View digits = c.rest().substr(0, 2);
  if (digits.size() == 2 && digits[0] == '0' && chars::kDigit[digits[1]]) return c.fail(Code::syntax);
  return c.number(out);
}

Result<std::optional<Header>> parse_line(View line) {
  Cursor c(line);
  Header header;
  if (!c.octets(kWord.size(), line) || line != kWord || !c.sp()) return fail(broken("no PROXY header"));
  if (c.rest() == "UNKNOWN" || c.rest().starts_with("UNKNOWN ")) return header;
  const bool v6 = c.rest().starts_with("TCP6 ");
  if (!v6 && !c.rest().starts_with("TCP4 ")) return fail(broken("PROXY header: unknown protocol"));
  View skipped;
  Endpoint source;
  Endpoint destination;
  const bool whole = c.octets(5, skipped) && take_address(c, v6, source.address) &&
                     take_address(c, v6, destination.address) && take_port(c, source.port) && c.sp() &&
                     take_port(c, destination.port) && c.end();
  if (!whole) return fail(broken("PROXY header: addresses"));
  header.source = source;
  header.destination = destination;
  return header;
}

// --- version 2 -------------------------------------------------------------------------------------------------------

/// *(type length value): TLV fields that fill the rest.
bool are_fields(View rest) {
  while (!rest.empty()) {
    if (rest.size() < 3 || rest.size() - 3 < word_at(rest, 1)) return false;
    rest.remove_prefix(3 + word_at(rest, 1));
  }
  return true;
}

std::optional<Header> parse_addresses(std::size_t family, View rest) {
  constexpr std::size_t kInet = 1;
  constexpr std::size_t kInet6 = 2;
  constexpr std::size_t kUnix = 3;
  Header header;
  std::size_t taken = family == kUnix ? kUnixAddresses : 0;
  if (family == kInet || family == kInet6) {
    const std::size_t one = family == kInet ? 4 : 16;
    taken = 2 * one + 4;
    if (rest.size() < taken) return std::nullopt;
    const auto endpoint = [&](std::size_t address, std::size_t port) {
      return Endpoint{IpAddress::from_octets(rest.substr(address, one)).value_or(IpAddress()),
                      static_cast<std::uint16_t>(word_at(rest, port))};
    };
    header.source = endpoint(0, 2 * one);
    header.destination = endpoint(one, 2 * one + 2);
  }
  if (rest.size() < taken || !are_fields(rest.substr(taken))) return std::nullopt;
  return header;
}

}  // namespace

std::size_t Reader::wants() const {
  if (over_) return 0;
  const View text = input_.view();
  if (text.size() < kShortest) return kShortest - text.size();
  if (!is_binary(text)) return 1;
  if (text.size() < kFixed) return kFixed - text.size();
  return kFixed + word_at(text, kFixed - 2) - text.size();
}

Result<std::optional<Header>> Reader::receive(View octets) {
  if (octets.size() > wants()) return fail(caller_error(Code::misuse, "octets behind the PROXY header"));
  input_.append(octets);
  auto header = next();
  over_ = !header || *header;
  return header;
}

Result<std::optional<Header>> Reader::next() {
  const View text = input_.view();
  if (text.empty()) return std::optional<Header>();
  return is_binary(text) ? next_binary() : next_line();
}

Result<std::optional<Header>> Reader::next_line() {
  // What is no header is not waited for.
  const View begin = input_.view().substr(0, kWord.size());
  if (begin != kWord.substr(0, begin.size())) return fail(broken("no PROXY header"));
  const frame::Line line = framer_.next(input_);
  if (line.status == frame::LineStatus::line) return parse_line(line.text);
  if (line.status == frame::LineStatus::bare) return fail(broken("PROXY header: bare line end"));
  const bool waits =
      line.status == frame::LineStatus::need_input && !framer_.dropping() && input_.size() < kMaxVersion1;
  if (!waits) return fail(peer_error(Code::too_long, "PROXY header"));
  return std::optional<Header>();
}

Result<std::optional<Header>> Reader::next_binary() {
  constexpr std::size_t kVersion = 0x20;
  constexpr std::size_t kFamilies = 4;    // unspecified, IPv4, IPv6, UNIX
  constexpr std::size_t kTransports = 3;  // unspecified, stream, datagram
  const View text = input_.view();
  if (text.size() < kFixed) return std::optional<Header>();
  const std::size_t command = octet_at(text, kSignature.size()) ^ kVersion;  // 0: LOCAL, 1: PROXY
  const std::size_t kind = octet_at(text, kSignature.size() + 1);
  const std::size_t length = word_at(text, kFixed - 2);
  if (command > 1) return fail(broken("PROXY header: version or command"));
  if (kind / 16 >= kFamilies || kind % 16 >= kTransports) return fail(broken("PROXY header: address family"));
  if (length > kMaxVersion2) return fail(peer_error(Code::too_long, "PROXY header"));
  if (text.size() < kFixed + length) return std::optional<Header>();
  if (command == 0) return Header{};
  auto header = parse_addresses(kind / 16, text.substr(kFixed, length));
  if (!header) return fail(broken("PROXY header: length"));
  return header;
}

}  // namespace posthorn::proxy
