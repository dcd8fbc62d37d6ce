#include "protocol/sasl/mechanisms/xoauth2.h"

#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

#include "protocol/sasl/mechanisms/bearer.h"

namespace posthorn::sasl::mechanism::xoauth2 {

namespace {

constexpr char kSeparator = '\x01';
constexpr CharSet kValue = ~CharSet("\x01").add('\0');

/// "user=" user ^A "auth=Bearer " token ^A ^A
std::optional<BearerToken> parse(View message) {
  BearerToken token;
  Cursor c(message);
  View user;
  View credentials;
  const bool good = c.word("user=") && c.run(kValue, user) && c.octet(kSeparator) && c.word("auth=") &&
                    c.run(kValue, credentials) && c.octet(kSeparator) && c.octet(kSeparator) && c.end();
  if (!good || !codec::is_utf8(user)) return std::nullopt;
  token.authorize = own(user);
  token.token = Secret(bearer::token_of(credentials));
  if (token.token.reveal().empty()) return std::nullopt;
  return token;
}

Result<std::string> format(const ClientOptions& options) {
  const std::string& login = options.authorize.empty() ? options.login : options.authorize;
  std::string message =
      "user=" + login + kSeparator + "auth=Bearer " + own(options.password.reveal()) + kSeparator + kSeparator;
  if (!parse(message)) return fail(caller_error(Code::misuse, "a login or token that has no place in the message"));
  return message;
}

}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) { return bearer::serve(std::move(options), parse); }
std::unique_ptr<ClientExchange> use(ClientOptions options) { return bearer::use(std::move(options), format, ""); }

}  // namespace posthorn::sasl::mechanism::xoauth2
