#include "protocol/sasl/mechanisms/bearer.h"

#include <utility>
#include <variant>

#include "posthorn/grammar/char_set.h"

namespace posthorn::sasl::mechanism::bearer {

namespace {

/// b64token (RFC 6750 section 2.1).
constexpr CharSet kToken = chars::kAlnum + CharSet("-._~+/=");

/// A string of JSON. What is no printable ASCII is left out: the words of a refusal are identifiers and URLs.
void put(std::string& json, View name, View value) {
  if (value.empty()) return;
  json.append(json.empty() ? "{" : ",").append("\"").append(name).append("\":\"");
  for (const char c : value) {
    if (c == '"' || c == '\\') json += '\\';
    if (chars::kVisible[c] || c == ' ') json += c;
  }
  json += '"';
}

/// RFC 7628 section 3.2.2.
std::string json_of(const TokenRefusal& refusal) {
  std::string json;
  put(json, "status", refusal.status.empty() ? View("invalid_token") : View(refusal.status));
  put(json, "schemes", "bearer");
  put(json, "scope", refusal.scope);
  put(json, "openid-configuration", refusal.configuration);
  return json + "}";
}

class Server : public ServerExchange {
 public:
  Server(ServerOptions options, Parse parse) : options_(std::move(options)), parse_(parse) {}

  Step step(std::optional<View> response) override {
    switch (expected_) {
      case Expected::message:
        if (response) return judge(*response);
        if (asked_) break;
        asked_ = true;
        return Challenge{};
      case Expected::acknowledgement:
        // Whatever it is (RFC 7628 section 3.2.3 wants ^A, XOAUTH2 an empty one), the exchange has failed.
        expected_ = Expected::nothing;
        return refused_;
      case Expected::nothing: break;
    }
    expected_ = Expected::nothing;
    return caller_error(Code::bad_state, "the exchange is over");
  }

 private:
  enum class Expected : std::uint8_t { message, acknowledgement, nothing };

  Step judge(View message) {
    expected_ = Expected::nothing;
    const auto token = parse_(message);
    if (!token) return peer_error(Code::syntax, "malformed bearer message");
    TokenVerdict verdict = options_.verifier->check_token(*token);
    if (auto* login = std::get_if<std::string>(&verdict)) return Success{std::move(*login), {}};
    auto& refusal = std::get<TokenRefusal>(verdict);
    if (refusal.error.code != Code::denied) return std::move(refusal.error);
    expected_ = Expected::acknowledgement;
    refused_ = refusal.error;
    return Challenge{json_of(refusal)};
  }

  ServerOptions options_;
  Parse parse_;
  Expected expected_ = Expected::message;
  Error refused_;
  bool asked_ = false;
};

class Client : public ClientExchange {
 public:
  Client(ClientOptions options, Format format, View farewell)
      : options_(std::move(options)), format_(format), farewell_(farewell) {}

  Result<std::string> respond(View challenge) override {
    if (!sent_) {
      sent_ = true;
      if (!challenge.empty()) return fail(peer_error(Code::syntax, "a challenge before the token"));
      return format_(options_);
    }
    if (over_) return fail(peer_error(Code::bad_state, "a challenge after the refusal"));
    over_ = true;
    return own(farewell_);
  }
  bool server_verified() const override { return true; }

 private:
  ClientOptions options_;
  Format format_;
  View farewell_;
  bool sent_ = false;
  bool over_ = false;
};

}  // namespace

View token_of(View credentials) {
  constexpr View kScheme = "Bearer ";
  if (!same_word(credentials.substr(0, kScheme.size()), kScheme)) return {};
  const View token = credentials.substr(kScheme.size());
  for (const char c : token) {
    if (!kToken[c]) return {};
  }
  return token;
}

std::unique_ptr<ServerExchange> serve(ServerOptions options, Parse parse) {
  return std::make_unique<Server>(std::move(options), parse);
}
std::unique_ptr<ClientExchange> use(ClientOptions options, Format format, View farewell) {
  return std::make_unique<Client>(std::move(options), format, farewell);
}

}  // namespace posthorn::sasl::mechanism::bearer
