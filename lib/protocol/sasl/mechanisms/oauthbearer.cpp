#include "protocol/sasl/mechanisms/oauthbearer.h"

#include <charconv>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

#include "protocol/sasl/mechanisms/bearer.h"

namespace posthorn::sasl::mechanism::oauthbearer {

namespace {

constexpr char kSeparator = '\x01';
constexpr CharSet kValue = chars::kVisible + CharSet(" \t\r\n");

/// saslname of GS2 (RFC 5801 section 4): "=2C" and "=3D" stand for what divides.
bool saslname(Cursor& c, std::string& out) {
  constexpr CharSet kPlain = ~CharSet(",=\x01").add('\0');
  for (;;) {
    out += c.try_run(kPlain);
    if (!c.try_octet('=')) break;
    if (c.try_word("2C")) {
      out += ',';
    } else if (c.word("3D")) {
      out += '=';
    } else {
      return false;
    }
  }
  return !out.empty() && codec::is_utf8(out);
}

void escape(std::string& out, View name) {
  for (const char c : name) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
}

bool take_pair(Cursor& c, BearerToken& token, bool& has_token) {
  View name;
  if (!(c.run(chars::kAlpha, name) && c.octet('='))) return false;
  const View value = c.try_run(kValue);
  if (!c.octet(kSeparator)) return false;
  if (name == "host") token.host = own(value);
  if (name == "port") {
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), token.port);
    if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) return false;
  }
  if (name != "auth") return true;
  if (has_token) return false;
  has_token = true;
  token.token = Secret(bearer::token_of(value));
  return value.empty() || !token.token.reveal().empty();
}

/// client-resp = gs2-header kvsep *kvpair kvsep (section 3.1). An empty "auth" asks what the server wants.
std::optional<BearerToken> parse(View message) {
  BearerToken token;
  Cursor c(message);
  // Channel bindings are not defined for it (section 3.1); "y" says that the client could do them.
  if (!c.try_octet('n') && !c.try_octet('y')) return std::nullopt;
  if (!c.octet(',')) return std::nullopt;
  if (c.try_word("a=") && !saslname(c, token.authorize)) return std::nullopt;
  if (!(c.octet(',') && c.octet(kSeparator))) return std::nullopt;
  bool has_token = false;
  while (!c.at_end() && c.peek() != kSeparator) {
    if (!take_pair(c, token, has_token)) return std::nullopt;
  }
  if (!(c.octet(kSeparator) && c.end() && has_token)) return std::nullopt;
  return token;
}

Result<std::string> format(const ClientOptions& options) {
  const std::string& login = options.authorize.empty() ? options.login : options.authorize;
  const View token = options.password.reveal();
  if (token.empty() || bearer::token_of("Bearer " + own(token)).empty() || !codec::is_utf8(login) ||
      login.find_first_of(View("\0\x01", 2)) != std::string::npos ||
      options.host.find(kSeparator) != std::string::npos) {
    return fail(caller_error(Code::misuse, "a login or token that has no place in the message"));
  }
  std::string message = "n,";
  if (!login.empty()) {
    message += "a=";
    escape(message, login);
  }
  message += ",\x01";
  if (!options.host.empty()) message += "host=" + options.host + kSeparator;
  if (options.port != 0) message += "port=" + std::to_string(options.port) + kSeparator;
  return message + "auth=Bearer " + own(token) + kSeparator + kSeparator;
}

}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) { return bearer::serve(std::move(options), parse); }
std::unique_ptr<ClientExchange> use(ClientOptions options) { return bearer::use(std::move(options), format, "\x01"); }

}  // namespace posthorn::sasl::mechanism::oauthbearer
